// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Why a plane described by a guest or peer can't be shown.
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
    /// Only reported where rows have to be copied.
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
    /// Larger than any display plane of current hardware, yet small enough that sizes in bytes can't overflow 64 bits.
    public static let largestPrimary: UInt32 = 16384
    /// Twice the largest hardware cursor known (256, and 512 with scaling).
    public static let largestCursor: UInt32 = 1024

    /// Validates the description. Everything that a guest or peer describes passes through here before it is used.
    ///
    /// - Parameter length: The number of bytes behind each memory plane's descriptor (`lseek(fd, 0, SEEK_END)`), or nil if the
    ///   kernel doesn't say or the descriptor hasn't arrived yet. In that case the length must be checked with `checkLength`
    ///   before importing.
    /// - Throws: The first ``PlaneFault`` found.
    public func validated(length: UInt64?) throws(PlaneFault) -> PlaneLayout {
        guard width > 0, height > 0 else { throw .emptySize(width: width, height: height) }
        let limit = kind == .cursor ? Self.largestCursor : Self.largestPrimary
        guard width <= limit, height <= limit else { throw .hugeSize(width: width, height: height, limit: limit) }
        guard let format = PixelFormat(fourcc: fourcc) else { throw .unknownFormat(fourcc: fourcc) }
        // Memory planes are numbered from 0 without gaps, so the mask plus one is a power of two.
        guard describedPlanes & (describedPlanes &+ 1) == 0, planeCount <= 4, planeCount > 0 else {
            throw .planeGap(described: describedPlanes)
        }
        let layout = PlaneLayout(claim: self, format: format)
        if layout.modifier == .linear || layout.modifier == .implicit {
            guard planeCount == format.planeCount else {
                throw .planeCount(described: planeCount, format: format.planeCount)
            }
        } else {
            // Compression modifiers add memory planes, but there are never fewer than the format has.
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
    /// Checks that the memory is long enough, once a descriptor has arrived after its layout.
    public func checkLength(_ length: UInt64) throws(PlaneFault) {
        for plane in 0..<planeCount { try check(plane: plane, length: length) }
    }

    /// Checks the length of one memory plane that has its own descriptor.
    public func checkLength(_ length: UInt64, plane: Int) throws(PlaneFault) { try check(plane: plane, length: length) }

    fileprivate func check(plane: Int, length: UInt64?) throws(PlaneFault) {
        let offset = UInt64(offsets[plane]), stride = UInt64(strides[plane])
        guard modifier == .linear else {
            // Only the driver knows the extent of a tiled plane, but its start must lie inside the memory.
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
        // Compositors require whole rows, including the last one (libweston's linux-dmabuf.c, where a shorter buffer is a fatal
        // error).
        let end = offset + stride * rows
        guard end <= UInt64(UInt32.max) else { throw .overflow(plane: plane) }
        if let length, end > length { throw .tooShort(plane: plane, length: length, needed: end) }
    }
}
