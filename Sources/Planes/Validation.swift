// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Why a plane that a guest or peer described can't be shown.
public enum PlaneFault: Error, Hashable, Sendable, CustomStringConvertible {
    case emptySize(width: UInt32, height: UInt32)
    case hugeSize(width: UInt32, height: UInt32, limit: UInt32)
    case unknownFormat(fourcc: UInt32)
    case planeGap(described: UInt8)
    case planeCount(described: Int, format: Int)
    case strideTooSmall(plane: Int, stride: UInt32, needed: UInt64)
    case overflow(plane: Int)
    case tooShort(plane: Int, length: UInt64, needed: UInt64)
    case hotSpotOutside(x: UInt32, y: UInt32)
    /// Only where rows are to be copied.
    case notLinear(modifier: Modifier)

    public var description: String {
        switch self {
        case .emptySize(let width, let height): "its size is \(width)x\(height)"
        case .hugeSize(let width, let height, let limit): "its size \(width)x\(height) exceeds \(limit)x\(limit)"
        case .unknownFormat(let fourcc): "its format \(PixelFormat.name(of: fourcc)) is unknown"
        case .planeGap(let described): "its memory planes have a gap (mask \(String(described, radix: 2)))"
        case .planeCount(let described, let format): "it describes \(described) memory planes where its format has \(format)"
        case .strideTooSmall(let plane, let stride, let needed):
            "memory plane \(plane) has a stride of \(stride) bytes and needs \(needed)"
        case .overflow(let plane): "memory plane \(plane) ends beyond 4 GiB"
        case .tooShort(let plane, let length, let needed):
            "memory plane \(plane) needs \(needed) bytes and its buffer has \(length)"
        case .hotSpotOutside(let x, let y): "its hot spot \(x),\(y) lies outside"
        case .notLinear(let modifier): "its rows can't be copied out of the layout \(modifier)"
        }
    }
}

extension LayoutClaim {
    /// Larger than any display plane of today's hardware, small enough that sizes in bytes fit 64-bit arithmetic with room.
    public static let largestPrimary: UInt32 = 16384
    /// Twice the largest hardware cursor known (256, and 512 with scaling).
    public static let largestCursor: UInt32 = 1024

    /// The one gate between what was said and what is used.
    ///
    /// - Parameter length: bytes behind each memory plane's descriptor (`lseek(fd, 0, SEEK_END)`), or nil where the kernel
    ///   doesn't tell or the descriptor isn't here yet; then it must be checked by a second call, before importing.
    /// - Throws: the first ``PlaneFault`` found.
    public func validated(length: UInt64?) throws(PlaneFault) -> PlaneLayout {
        guard width > 0, height > 0 else { throw .emptySize(width: width, height: height) }
        let limit = kind == .cursor ? Self.largestCursor : Self.largestPrimary
        guard width <= limit, height <= limit else { throw .hugeSize(width: width, height: height, limit: limit) }
        guard let format = PixelFormat(fourcc: fourcc) else { throw .unknownFormat(fourcc: fourcc) }
        // Planes fill up from 0: the mask plus one is a power of two.
        guard describedPlanes & (describedPlanes &+ 1) == 0, planeCount <= 4, planeCount > 0 else {
            throw .planeGap(described: describedPlanes)
        }
        let layout = PlaneLayout(claim: self, format: format)
        if layout.modifier == .linear || layout.modifier == .implicit {
            guard planeCount == format.planeCount else {
                throw .planeCount(described: planeCount, format: format.planeCount)
            }
        } else {
            // Compressed modifiers add planes of their own; fewer than the format's can't be.
            guard planeCount >= format.planeCount else {
                throw .planeCount(described: planeCount, format: format.planeCount)
            }
        }
        for plane in 0..<planeCount { try layout.check(plane: plane, length: length) }
        if let hotSpot, hotSpot.x >= width || hotSpot.y >= height {
            throw .hotSpotOutside(x: hotSpot.x, y: hotSpot.y)
        }
        return layout
    }
}

extension PlaneLayout {
    /// Whether the memory is long enough; for the moment a descriptor arrives after its layout.
    public func checkLength(_ length: UInt64) throws(PlaneFault) {
        for plane in 0..<planeCount { try check(plane: plane, length: length) }
    }

    /// The same for one memory plane that has a descriptor of its own.
    public func checkLength(_ length: UInt64, plane: Int) throws(PlaneFault) { try check(plane: plane, length: length) }

    fileprivate func check(plane: Int, length: UInt64?) throws(PlaneFault) {
        let offset = UInt64(offsets[plane]), stride = UInt64(strides[plane])
        guard modifier == .linear else {
            // Only the driver knows a tiled plane's extent; its start must at least lie inside.
            if let length, offset >= length { throw .tooShort(plane: plane, length: length, needed: offset + 1) }
            return
        }
        let subsampling = format.subsampling(plane: plane)
        let columns = (UInt64(size.width) + UInt64(subsampling.horizontal) - 1) / UInt64(subsampling.horizontal)
        let rows = (UInt64(size.height) + UInt64(subsampling.vertical) - 1) / UInt64(subsampling.vertical)
        let needed = columns * UInt64(format.bytesPerPixel(plane: plane))
        guard stride >= needed else {
            throw .strideTooSmall(plane: plane, stride: strides[plane], needed: needed)
        }
        // Compositors ask for whole rows, the last one included (libweston's linux-dmabuf.c; fatal where short).
        let end = offset + stride * rows
        guard end <= UInt64(UInt32.max) else { throw .overflow(plane: plane) }
        if let length, end > length { throw .tooShort(plane: plane, length: length, needed: end) }
    }
}
