// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes

/// The limits and numbers of a recording, as `docs/recording.md` has them.
package enum RecordingFormat {
    static let magic = Array("ORIELREC".utf8)
    static let version: UInt16 = 1
    /// The header's bytes before the name.
    static let fixedHeaderLength = 32
    /// Bytes of UTF-8.
    static let longestName = 1024
    /// A plane's buffers are numbered from 0 to 31. A number is used again for a new buffer when all have been used.
    static let mostBuffers = 32
    /// A record's bytes before its payload, and those of a checksum.
    static let recordHeadLength = 16, checksumLength = 4
    /// Bytes of a record's payload.
    static let longestPayload = 1 << 20
    /// Ten years in nanoseconds: the latest time of a record.
    static let latestTime: UInt64 = 315_360_000_000_000_000
    /// The size of an end record, for which a writer keeps room.
    static let endLength = recordHeadLength + 4 + checksumLength
    /// The largest part of a pixels record that isn't pixels.
    static let pixelsHeadLength = 20
}

/// The beginning of a recording.
package struct RecordingHeader: Equatable, Sendable {
    /// Whether pixels are recorded, too.
    package let hasPixels: Bool
    /// When the recording began: CLOCK_REALTIME in nanoseconds.
    package let recordedAt: UInt64
    /// The name of the source, in one line.
    package let name: String

    package init(name: String, hasPixels: Bool, recordedAt: UInt64) {
        self.name = name.singleLine(atMost: RecordingFormat.longestName)
        self.hasPixels = hasPixels
        self.recordedAt = recordedAt
    }

    var bytes: [UInt8] {
        var bytes = RecordingFormat.magic
        bytes.append(littleEndian: RecordingFormat.version)
        bytes.append(littleEndian: UInt16(name.utf8.count))
        bytes.append(littleEndian: UInt32(hasPixels ? 1 : 0))
        bytes.append(littleEndian: recordedAt)
        bytes.append(littleEndian: UInt64(0))
        bytes += name.utf8
        bytes.append(littleEndian: CRC32.checksum(bytes[...]))
        return bytes
    }
}

/// Something that happened to a plane, and when.
package struct RecordedEvent: Equatable, Sendable {
    package enum Content: Equatable, Sendable {
        /// A number stands for this buffer from here on.
        case buffer(PlaneKind, RecordedBuffer)
        /// These pixels of a buffer are like this from here on.
        case pixels(PlaneKind, RecordedPixels)
        case picture(PlaneKind, RecordedPicture)
        /// The plane shows the same picture at another place.
        case moved(PlaneKind, PixelPoint)
        case off(PlaneKind)
        case end(RecordingEnd)
    }

    /// Nanoseconds from the recording's beginning.
    package let time: UInt64
    package let content: Content

    package init(_ content: Content, at time: UInt64) {
        self.time = time
        self.content = content
    }
}

/// A buffer that a plane shows pictures in.
package struct RecordedBuffer: Equatable, Sendable {
    package let number: Int
    package let layout: PlaneLayout
    package let memory: PlaneMemory
    package let offer: BufferOffer
}

/// A new picture of a plane.
package struct RecordedPicture: Equatable, Sendable {
    package let buffer: Int
    package let generation: Generation
    /// When the source learnt of it: nanoseconds from the recording's beginning, 0 for anything before that.
    package let changedAt: UInt64
    package let position: PixelPoint
    package let hotSpot: PixelPoint?
    /// What changed since the picture that was recorded before it.
    package let damage: Damage
    package let isFlipped: Bool
}

/// The pixels of a rectangle, row by row without gaps, as they are in the buffer's only memory plane.
package struct RecordedPixels: Equatable, Sendable {
    package let buffer: Int
    package let rectangle: PixelRectangle
    package let bytes: [UInt8]
}

/// Why a recording ended.
package enum RecordingEnd: UInt32, Sendable {
    /// Its user ended it, or the time that was asked for was over.
    case asked = 0
    /// It has reached the largest size that was allowed.
    case limit = 1
    /// The source has ended.
    case source = 2
}

// MARK: Numbers

extension RecordedEvent {
    enum Kind: UInt16 {
        case buffer = 1
        case picture = 2
        case moved = 3
        case off = 4
        case pixels = 5
        case end = 6
    }

    /// The whole record.
    package var bytes: [UInt8] {
        let (kind, plane, payload) = content.coded
        var bytes: [UInt8] = []
        bytes.reserveCapacity(RecordingFormat.recordHeadLength + payload.count + RecordingFormat.checksumLength)
        bytes.append(littleEndian: kind.rawValue)
        bytes.append(UInt8(plane?.rawValue ?? 0))
        bytes.append(0)
        bytes.append(littleEndian: UInt32(payload.count))
        bytes.append(littleEndian: time)
        bytes += payload
        bytes.append(littleEndian: CRC32.checksum(bytes[...]))
        return bytes
    }
}

extension RecordedEvent.Content {
    fileprivate var coded: (RecordedEvent.Kind, PlaneKind?, payload: [UInt8]) {
        var bytes: [UInt8] = []
        switch self {
        case .buffer(let plane, let buffer):
            let layout = buffer.layout
            for number in [UInt32(buffer.number), layout.size.width, layout.size.height, layout.format.fourcc] {
                bytes.append(littleEndian: number)
            }
            bytes.append(littleEndian: layout.modifier.rawValue)
            bytes.append(littleEndian: UInt32(layout.planeCount))
            bytes += [buffer.memory.number, buffer.offer.number, 0, 0]
            bytes.append(layout.offsets)
            bytes.append(layout.strides)
            return (.buffer, plane, bytes)
        case .pixels(let plane, let pixels):
            bytes.reserveCapacity(RecordingFormat.pixelsHeadLength + pixels.bytes.count)
            bytes.append(littleEndian: UInt32(pixels.buffer))
            bytes.append(pixels.rectangle)
            bytes += pixels.bytes
            return (.pixels, plane, bytes)
        case .picture(let plane, let picture):
            let isWhole = picture.damage == .everything
            bytes.append(littleEndian: UInt32(picture.buffer))
            bytes.append(
                littleEndian: UInt32((picture.isFlipped ? 1 : 0) | (picture.hotSpot != nil ? 2 : 0) | (isWhole ? 4 : 0)))
            bytes.append(littleEndian: picture.generation.rawValue)
            bytes.append(littleEndian: picture.changedAt)
            for point in [picture.position, picture.hotSpot ?? .zero] {
                bytes.append(littleEndian: point.x)
                bytes.append(littleEndian: point.y)
            }
            if case .rectangle(let rectangle) = picture.damage {
                bytes.append(rectangle)
            } else {
                bytes.append(PixelRectangle.empty)
            }
            return (.picture, plane, bytes)
        case .moved(let plane, let position):
            bytes.append(littleEndian: position.x)
            bytes.append(littleEndian: position.y)
            return (.moved, plane, bytes)
        case .off(let plane): return (.off, plane, bytes)
        case .end(let reason):
            bytes.append(littleEndian: reason.rawValue)
            return (.end, nil, bytes)
        }
    }
}

extension PlaneMemory {
    private static let numbers: [(PlaneMemory, UInt8)] = [(.dmabuf, 1), (.memfd, 2), (.region, 3), (.bytes, 4)]

    fileprivate var number: UInt8 { Self.numbers.first { $0.0 == self }!.1 }

    init?(number: UInt8) {
        guard let found = Self.numbers.first(where: { $0.1 == number }) else { return nil }
        self = found.0
    }
}

extension BufferOffer {
    fileprivate var number: UInt8 {
        switch self {
        case .dmabuf: 1
        case .sharedMemory: 2
        }
    }

    init?(number: UInt8) {
        switch number {
        case 1: self = .dmabuf
        case 2: self = .sharedMemory
        default: return nil
        }
    }
}
