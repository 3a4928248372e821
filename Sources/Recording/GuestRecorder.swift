// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import EventLoop
internal import Glibc
package import Planes
package import System

/// Looks at a guest's planes and records what is new. To the source it is a viewer that copies each picture at once: it commits every
/// picture that it has recorded, so that damage counts from there, and releases it.
package final class GuestRecorder {
    package enum Outcome: Equatable {
        /// All that could be seen is recorded.
        case recorded
        /// A plane wasn't available for the moment: look again, even if nothing changes.
        case again
        /// The recording has reached its largest size. What was seen last isn't in it.
        case full
    }

    /// How many pictures of the primary plane, and how many of the cursor and its places, were recorded.
    package private(set) var pictures: UInt64 = 0
    package private(set) var cursors: UInt64 = 0
    /// Why pixels weren't recorded that should have been; nil where all were.
    package private(set) var pixelProblem: String?

    private let source: any PlaneSource
    private let holding: (any HoldingPlaneSource)?
    private let writer: RecordingWriter
    private let hasPixels: Bool
    /// CLOCK_MONOTONIC in nanoseconds: what the recording's times count from.
    private let startedAt: UInt64
    private var planes = PerPlane<Plane> { _ in Plane() }

    private enum Shown {
        /// Nobody has looked yet.
        case unknown
        case off
        case picture(Generation, BufferIdentity, PixelPoint)
    }

    private struct Plane {
        var shown = Shown.unknown
        /// As it was written.
        var generation = Generation.none
        var buffers = RecentStore<BufferIdentity, KnownBuffer>(capacity: RecordingFormat.mostBuffers)
    }

    private final class KnownBuffer {
        var number: Int
        /// What has changed in it since its pixels were recorded.
        var unrecorded: PixelRectangle

        init(number: Int, unrecorded: PixelRectangle) {
            self.number = number
            self.unrecorded = unrecorded
        }
    }

    /// How often a plane is asked again that has moved on.
    private static let tries = 3

    package init(of source: any PlaneSource, to writer: RecordingWriter, hasPixels: Bool, startedAt: UInt64) {
        self.source = source
        self.writer = writer
        self.hasPixels = hasPixels
        self.startedAt = startedAt
        holding = source as? any HoldingPlaneSource
    }

    /// Looks at both planes, the cursor's last.
    package func look() throws(Errno) -> Outcome {
        let primary = try look(.primary)
        guard primary != .full else { return .full }
        let cursor = try look(.cursor)
        return cursor == .recorded ? primary : cursor
    }

    /// Nanoseconds from the recording's beginning.
    package var time: UInt64 { EventLoop.now() - startedAt }

    private func look(_ kind: PlaneKind) throws(Errno) -> Outcome {
        for _ in 0..<Self.tries {
            let state: PlaneState
            do throws(PlaneError) { state = try source.query(kind) } catch {
                switch error {
                case .off, .invalid: state = .off
                case .stale: continue
                case .temporary: return .again
                case .ended: return .recorded
                }
            }
            guard case .showing(let info) = state else { return try noteOff(kind) }
            if case .picture(info.generation, info.identity, let position) = planes[kind].shown {
                return position == info.position ? .recorded : try noteMove(kind, info)
            }
            guard holding?.hold(kind, HeldGenerations(only: info.generation), for: 0) ?? true else { continue }
            let events: [RecordedEvent]
            do throws(PlaneError) { events = try self.events(of: kind, info) } catch {
                guard case .stale = error else { return .again }
                continue
            }
            guard try writer.add(events) else { return .full }
            noteShown(kind, info)
            return .recorded
        }
        return .again
    }

    private func noteOff(_ kind: PlaneKind) throws(Errno) -> Outcome {
        if case .off = planes[kind].shown { return .recorded }
        guard try writer.add([RecordedEvent(.off(kind), at: time)]) else { return .full }
        planes[kind].shown = .off
        return .recorded
    }

    private func noteMove(_ kind: PlaneKind, _ info: PlaneInfo) throws(Errno) -> Outcome {
        guard try writer.add([RecordedEvent(.moved(kind, info.position), at: time)]) else { return .full }
        planes[kind].shown = .picture(info.generation, info.identity, info.position)
        if kind == .cursor { cursors += 1 }
        return .recorded
    }

    private func noteShown(_ kind: PlaneKind, _ info: PlaneInfo) {
        planes[kind].shown = .picture(info.generation, info.identity, info.position)
        if kind == .cursor { cursors += 1 } else { pictures += 1 }
        source.committed(kind, generation: info.generation)
        source.released(kind, info.identity)
        holding?.hold(kind, .none, for: 0)
    }

    /// What a new picture adds to the recording.
    private func events(of kind: PlaneKind, _ info: PlaneInfo) throws(PlaneError) -> [RecordedEvent] {
        let layout = info.identity.layout, whole = PixelRectangle(filling: layout.size), now = time
        var contents: [RecordedEvent.Content] = []
        for buffer in planes[kind].buffers.values {
            guard case .rectangle(let rectangle) = info.damage else {
                buffer.unrecorded = PixelRectangle(x: 0, y: 0, width: .max, height: .max)
                continue
            }
            buffer.unrecorded = buffer.unrecorded.union(rectangle)
        }
        var known = planes[kind].buffers.find(info.identity)
        if known == nil || hasPixels {
            let memory = try source.buffer(for: kind, generation: info.generation)
            let buffer = known ?? add(info.identity, of: kind)
            if known == nil {
                contents.append(
                    .buffer(
                        kind,
                        RecordedBuffer(number: buffer.number, layout: layout, memory: memory.memory, offer: memory.offer)))
            }
            known = buffer
            if hasPixels {
                let area = buffer.unrecorded.clipped(to: layout.size)
                contents += pixels(of: memory, kind, buffer.number, area)
                buffer.unrecorded = .empty
            }
        }
        let generation = max(info.generation, planes[kind].generation.next)
        planes[kind].generation = generation
        let hotSpot = info.hotSpot.flatMap { whole.contains($0) ? $0 : nil }
        contents.append(
            .picture(
                kind,
                RecordedPicture(
                    buffer: known!.number, generation: generation, changedAt: info.changedAt - min(info.changedAt, startedAt),
                    position: info.position, hotSpot: hotSpot, damage: info.damage, isFlipped: info.isFlipped)))
        return contents.map { RecordedEvent($0, at: now) }
    }

    /// Gives a buffer a number: a new one, or that of the buffer whose last use is the longest ago.
    private func add(_ identity: BufferIdentity, of kind: PlaneKind) -> KnownBuffer {
        let buffer = KnownBuffer(
            number: planes[kind].buffers.count, unrecorded: PixelRectangle(filling: identity.layout.size))
        if let gone = planes[kind].buffers.insert(buffer, as: identity) { buffer.number = gone.number }
        return buffer
    }

    /// The pixels of a part of a buffer, in as many records as it takes.
    private func pixels(
        of buffer: borrowing PlaneBuffer, _ kind: PlaneKind, _ number: Int, _ area: PixelRectangle
    ) -> [RecordedEvent.Content] {
        guard !area.isEmpty else { return [] }
        do {
            let pixels = try MappedPixels(of: buffer)
            let rowLength = Int(area.width) * Int(buffer.layout.format.bytesPerPixel())
            let rows = max(1, (RecordingFormat.longestPayload - RecordingFormat.pixelsHeadLength) / rowLength)
            return stride(from: Int(area.y), to: Int(area.y + area.height), by: rows).map { top in
                let height = min(rows, Int(area.y + area.height) - top)
                let band = PixelRectangle(x: area.x, y: Int32(top), width: area.width, height: Int32(height))
                return .pixels(kind, RecordedPixels(buffer: number, rectangle: band, bytes: pixels.bytes(in: band)))
            }
        } catch {
            pixelProblem = "the pixels of the \(kind) can't be recorded: \(error)"
            return []
        }
    }
}

/// A picture's memory while its pixels are read.
private struct MappedPixels: ~Copyable {
    private let layout: PlaneLayout
    private let mapping: Mapping
    /// The dma-buf behind it, which is told that somebody reads; nil for other memory.
    private let dmabuf: CInt?

    struct Obstacle: Error, CustomStringConvertible { let description: String }

    /// - Parameter buffer: Stays open for as long as this is used.
    init(of buffer: borrowing PlaneBuffer) throws(Obstacle) {
        layout = buffer.layout
        guard layout.hasPlainPixels else {
            throw Obstacle(description: "they are \(layout.format) in the layout \(layout.modifier)")
        }
        let descriptor = buffer.descriptor(plane: 0)
        // Reading past the end of the file would raise SIGBUS.
        if let length = OwnedDescriptor.length(of: descriptor) {
            do throws(PlaneFault) { try layout.checkLength(length) } catch { throw Obstacle(description: "\(error)") }
        }
        do throws(Errno) { mapping = try Mapping(descriptor, length: Int(layout.linearLength), for: .reading) } catch {
            throw Obstacle(description: "their memory can't be mapped (\(error.text))")
        }
        dmabuf = oriel_is_dma_buf(descriptor) ? descriptor : nil
        if let dmabuf { oriel_dma_buf_sync(dmabuf, true, false) }
    }

    deinit { if let dmabuf { oriel_dma_buf_sync(dmabuf, false, false) } }

    func bytes(in rectangle: PixelRectangle) -> [UInt8] {
        var bytes: [UInt8] = []
        for row in layout.rows(of: rectangle) { bytes += UnsafeRawBufferPointer(rebasing: mapping.bytes[row]) }
        return bytes
    }
}

extension PlaneLayout {
    /// Where the rows of a rectangle are in a memory that is linear and has one memory plane. The rectangle is inside the picture.
    func rows(of rectangle: PixelRectangle) -> [Range<Int>] {
        let pixel = Int(format.bytesPerPixel())
        return (Int(rectangle.y)..<Int(rectangle.y + rectangle.height)).map { y in
            let start = Int(offsets[0]) + y * Int(strides[0]) + Int(rectangle.x) * pixel
            return start..<start + Int(rectangle.width) * pixel
        }
    }
}

extension PixelRectangle {
    fileprivate func contains(_ point: PixelPoint) -> Bool {
        point.x >= x && point.y >= y && point.x < x + width && point.y < y + height
    }
}
