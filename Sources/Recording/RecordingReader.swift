// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import Planes
package import System

/// Why a recording can't be played, or not to its end.
package enum RecordingFault: Error, Equatable, CustomStringConvertible {
    case notARecording
    case version(UInt16)
    case damagedHeader
    /// The file ends before the recording does.
    case cutOff(at: UInt64)
    case damaged(String, at: UInt64)
    case unreadable(Errno)

    package var description: String {
        switch self {
        case .notARecording: "it isn't a recording of oriel record"
        case .version(let version):
            "it is a recording of version \(version), and this Oriel plays version \(RecordingFormat.version)"
        case .damagedHeader: "its header is damaged"
        case .cutOff(let offset): "it is cut off after \(offset) bytes"
        case .damaged(let what, let offset): "it is damaged after \(offset) bytes (\(what))"
        case .unreadable(let error): "it can't be read (\(error.text))"
        }
    }
}

/// Reads a recording, record by record, in memory that doesn't grow with the file. Whatever it returns is valid; the file may say
/// anything.
package final class RecordingReader {
    package let header: RecordingHeader
    private let descriptor: OwnedDescriptor
    /// Where the first record begins.
    private let beginning: UInt64
    /// A part of the file, and where that begins.
    private var part: [UInt8] = []
    private var partOffset: UInt64 = 0
    /// Where the next record begins.
    private var offset: UInt64
    private var context = Context()

    /// What earlier records have said.
    fileprivate struct Context {
        var time: UInt64 = 0
        var layouts = PerPlane<[PlaneLayout?]> { _ in Array(repeating: nil, count: RecordingFormat.mostBuffers) }
        var generations = PerPlane(primary: Generation.none, cursor: .none)
    }

    /// How many bytes are read at a time.
    private static let portion = 64 << 10

    package init(_ descriptor: consuming OwnedDescriptor) throws(RecordingFault) {
        let fixed = try Self.read(descriptor, at: 0, RecordingFormat.fixedHeaderLength)
        guard fixed.starts(with: RecordingFormat.magic) else { throw .notARecording }
        guard fixed.count == RecordingFormat.fixedHeaderLength else { throw .cutOff(at: UInt64(fixed.count)) }
        var reader = ByteReader(fixed, from: RecordingFormat.magic.count)
        let version: UInt16 = reader.next(), nameLength = Int(reader.next(UInt16.self))
        guard version == RecordingFormat.version else { throw .version(version) }
        let flags: UInt32 = reader.next(), recordedAt: UInt64 = reader.next(), zero: UInt64 = reader.next()
        guard flags & ~1 == 0, zero == 0, nameLength <= RecordingFormat.longestName else { throw .damagedHeader }
        let whole = fixed.count + nameLength + RecordingFormat.checksumLength
        let bytes = try Self.read(descriptor, at: 0, whole)
        guard bytes.count == whole else { throw .cutOff(at: UInt64(bytes.count)) }
        guard Self.isSound(bytes), let name = String(validating: bytes[fixed.count..<fixed.count + nameLength], as: UTF8.self)
        else { throw .damagedHeader }
        header = RecordingHeader(name: name, hasPixels: flags & 1 == 1, recordedAt: recordedAt)
        beginning = UInt64(whole)
        offset = beginning
        self.descriptor = descriptor
    }

    /// Begins anew with the first record.
    package func rewind() {
        offset = beginning
        context = Context()
    }

    /// The next event. The last one is the recording's end; nothing is read after it. A record that fails is no event, and neither is
    /// anything after it.
    package func next() throws(RecordingFault) -> RecordedEvent {
        while true {
            let start = offset
            let head = try bytes(at: start, RecordingFormat.recordHeadLength)
            var reader = ByteReader(head)
            let kind: UInt16 = reader.next(), plane: UInt8 = reader.next(), zero: UInt8 = reader.next()
            let length: UInt32 = reader.next(), time: UInt64 = reader.next()
            guard length <= RecordingFormat.longestPayload else { throw .damaged("a record of \(length) bytes", at: start) }
            let count = RecordingFormat.recordHeadLength + Int(length) + RecordingFormat.checksumLength
            let record = try bytes(at: start, count)
            guard Self.isSound(record) else { throw .damaged("a checksum is wrong", at: start) }
            guard zero == 0, time >= context.time, time <= RecordingFormat.latestTime else {
                throw .damaged("a record's time or its reserved byte is wrong", at: start)
            }
            let payload = Array(record[RecordingFormat.recordHeadLength..<count - RecordingFormat.checksumLength])
            do throws(Flaw) {
                let content = try context.content(kind, plane, payload)
                offset = start + UInt64(count)
                context.time = time
                if let content { return RecordedEvent(content, at: time) }
            } catch {
                throw .damaged(error.what, at: start)
            }
        }
    }

    /// Bytes of the file, all of them.
    private func bytes(at start: UInt64, _ count: Int) throws(RecordingFault) -> [UInt8] {
        if start < partOffset || start + UInt64(count) > partOffset + UInt64(part.count) {
            part = try Self.read(descriptor, at: start, max(count, Self.portion))
            partOffset = start
            guard part.count >= count else { throw .cutOff(at: start) }
        }
        let first = Int(start - partOffset)
        return Array(part[first..<first + count])
    }

    /// As many bytes as there are, and as are wanted.
    private static func read(
        _ descriptor: borrowing OwnedDescriptor, at offset: UInt64, _ count: Int
    ) throws(RecordingFault) -> [UInt8] {
        let number = descriptor.rawValue
        var failure: Errno?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { target, done in
            while done < count {
                let result = pread(number, target.baseAddress! + done, count - done, off_t(offset) + off_t(done))
                if result < 0, errno == EINTR { continue }
                if result < 0 { failure = .last }
                guard result > 0 else { return }
                done += result
            }
        }
        if let failure { throw .unreadable(failure) }
        return bytes
    }

    /// Whether the last four bytes are the checksum of the others.
    private static func isSound(_ bytes: [UInt8]) -> Bool {
        let end = bytes.count - RecordingFormat.checksumLength
        var reader = ByteReader(bytes, from: end)
        return CRC32.checksum(bytes[..<end]) == reader.next()
    }
}

/// What is wrong with a record whose checksum is right.
private struct Flaw: Error {
    let what: String
    init(_ what: String) { self.what = what }
}

extension RecordingReader.Context {
    /// A record's content; nil for a kind that isn't known, which is passed over.
    fileprivate mutating func content(
        _ number: UInt16, _ plane: UInt8, _ payload: [UInt8]
    ) throws(Flaw) -> RecordedEvent.Content? {
        guard let kind = RecordedEvent.Kind(rawValue: number) else { return nil }
        var reader = ByteReader(payload)
        if kind == .end {
            try check(payload, kind)
            guard let reason = RecordingEnd(rawValue: reader.next()) else { throw Flaw("an unknown reason for the end") }
            return .end(reason)
        }
        guard let plane = PlaneKind(rawValue: UInt32(plane)) else { throw Flaw("there is no plane \(plane)") }
        try check(payload, kind)
        switch kind {
        case .buffer: return .buffer(plane, try buffer(of: plane, &reader))
        case .picture: return .picture(plane, try picture(of: plane, &reader))
        case .moved: return .moved(plane, reader.nextPoint())
        case .off: return .off(plane)
        case .pixels: return .pixels(plane, try pixels(of: plane, &reader))
        case .end: return nil
        }
    }

    private func check(_ payload: [UInt8], _ kind: RecordedEvent.Kind) throws(Flaw) {
        let isRight =
            switch kind {
            case .buffer: payload.count == 64
            case .picture: payload.count == 56
            case .moved: payload.count == 8
            case .off: payload.isEmpty
            case .pixels: payload.count >= RecordingFormat.pixelsHeadLength
            case .end: payload.count == 4
            }
        guard isRight else { throw Flaw("a record of another length than its kind has") }
    }

    private mutating func buffer(of plane: PlaneKind, _ reader: inout ByteReader) throws(Flaw) -> RecordedBuffer {
        let number: UInt32 = reader.next()
        guard number < RecordingFormat.mostBuffers else { throw Flaw("there is no buffer \(number)") }
        let width: UInt32 = reader.next(), height: UInt32 = reader.next(), fourcc: UInt32 = reader.next()
        let modifier: UInt64 = reader.next(), planeCount: UInt32 = reader.next()
        let memory = PlaneMemory(number: reader.next()), offer = BufferOffer(number: reader.next()), zero: UInt16 = reader.next()
        guard let memory, let offer, zero == 0 else { throw Flaw("a kind of memory that isn't known") }
        guard (1...4).contains(planeCount) else { throw Flaw("a buffer of \(planeCount) memory planes") }
        let claim = LayoutClaim(
            kind: plane, width: width, height: height, fourcc: fourcc, modifier: modifier,
            describedPlanes: UInt8(1 << planeCount - 1), offsets: reader.nextWords(), strides: reader.nextWords())
        do throws(PlaneFault) {
            let layout = try claim.validated(length: nil)
            layouts[plane][Int(number)] = layout
            return RecordedBuffer(number: Int(number), layout: layout, memory: memory, offer: offer)
        } catch {
            throw Flaw("a buffer is refused: \(error)")
        }
    }

    private func layout(of plane: PlaneKind, _ number: UInt32) throws(Flaw) -> PlaneLayout {
        guard number < RecordingFormat.mostBuffers, let layout = layouts[plane][Int(number)] else {
            throw Flaw("there is no buffer \(number)")
        }
        return layout
    }

    private mutating func picture(of plane: PlaneKind, _ reader: inout ByteReader) throws(Flaw) -> RecordedPicture {
        let number: UInt32 = reader.next(), flags: UInt32 = reader.next()
        let layout = try layout(of: plane, number)
        let generation = Generation(reader.next()), changedAt: UInt64 = reader.next()
        let position = reader.nextPoint(), spot = reader.nextPoint(), damaged = reader.nextRectangle()
        guard flags & ~7 == 0 else { throw Flaw("a picture's flags aren't known") }
        guard generation > generations[plane] else { throw Flaw("a picture isn't newer than the one before it") }
        var hotSpot: PixelPoint?
        if flags & 2 != 0 {
            guard spot.x >= 0, spot.y >= 0, spot.x < layout.size.width, spot.y < layout.size.height else {
                throw Flaw("a hot spot lies outside")
            }
            hotSpot = spot
        }
        generations[plane] = generation
        return RecordedPicture(
            buffer: Int(number), generation: generation, changedAt: changedAt, position: position, hotSpot: hotSpot,
            damage: flags & 4 != 0 ? .everything : .rectangle(damaged.clipped(to: layout.size)), isFlipped: flags & 1 != 0)
    }

    private func pixels(of plane: PlaneKind, _ reader: inout ByteReader) throws(Flaw) -> RecordedPixels {
        let number: UInt32 = reader.next()
        let layout = try layout(of: plane, number), rectangle = reader.nextRectangle(), bytes = reader.rest
        guard layout.hasPlainPixels, !rectangle.isEmpty, rectangle == rectangle.clipped(to: layout.size),
            bytes.count == Int(rectangle.width) * Int(rectangle.height) * Int(layout.format.bytesPerPixel())
        else { throw Flaw("pixels don't fit their buffer") }
        return RecordedPixels(buffer: Int(number), rectangle: rectangle, bytes: bytes)
    }
}

extension PlaneLayout {
    /// Whether its pixels are in one memory plane, row after row: then they can be recorded.
    var hasPlainPixels: Bool { modifier == .linear && planeCount == 1 }
}
