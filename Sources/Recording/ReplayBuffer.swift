// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import Glibc
internal import Planes
internal import SyntheticGuest
internal import System

/// Memory of a recorded layout, into which the replay draws.
final class ReplayBuffer {
    let identity: BufferIdentity
    let offer: BufferOffer
    /// Bytes.
    let length: Int
    /// Whether pixels were recorded for it, so that nothing else is drawn.
    private(set) var hasPixels = false
    private let descriptor: OwnedDescriptor
    private let mapping: Mapping
    let isDMABuffer: Bool

    /// - Parameter device: /dev/udmabuf, which makes a dma-buf of the memory; nil for memory that stays a memfd.
    init(_ recorded: RecordedBuffer, of kind: PlaneKind, on device: borrowing OwnedDescriptor?) throws(Errno) {
        let layout = recorded.layout.replayed(as: kind)
        length = Self.length(of: layout)
        let file = try OwnedDescriptor.memoryFile("oriel-replay", length: length)
        var dmabuf: CInt = -1
        switch device {
        case .some(let device): dmabuf = oriel_udmabuf_create(device.rawValue, file.rawValue, UInt64(length))
        case .none: break
        }
        // A memory that is too large for udmabuf stays a memfd.
        isDMABuffer = dmabuf >= 0
        if isDMABuffer { descriptor = OwnedDescriptor(adopting: dmabuf) } else { descriptor = file }
        mapping = try Mapping(descriptor.rawValue, length: length, for: .writing)
        guard let inode = descriptor.fileIdentity() else { throw .last }
        identity = BufferIdentity(device: inode.device, inode: inode.inode, layout: layout)
        offer = recorded.offer
    }

    /// The bytes of memory that a linear layout needs: whole pages, as udmabuf demands.
    static func length(of layout: PlaneLayout) -> Int {
        let page = sysconf(CInt(_SC_PAGESIZE))
        return (Int(layout.end) + page - 1) / page * page
    }

    func makeBuffer() throws(PlaneError) -> PlaneBuffer {
        guard let copy = descriptor.duplicate() else { throw .temporary(errno: Errno.last.code) }
        return PlaneBuffer(identity: identity, memory: isDMABuffer ? .dmabuf : .memfd, offer: offer, descriptor: copy)
    }

    /// Puts recorded pixels where they were.
    func write(_ pixels: RecordedPixels) {
        hasPixels = true
        drawing {
            var done = 0
            pixels.bytes.withUnsafeBytes { bytes in
                for row in identity.layout.rows(of: pixels.rectangle) {
                    memcpy(mapping.start + row.lowerBound, bytes.baseAddress! + done, row.count)
                    done += row.count
                }
            }
        }
    }

    /// Draws something that tells the generation apart: the synthetic guest's frame counter, or in a picture that is too small for it,
    /// as cursors are, a frame around a shade.
    ///
    /// - Returns: what it has drawn over.
    func draw(_ generation: Generation, isFlipped: Bool) -> PixelRectangle {
        let size = identity.layout.size, area = FrameCounter.area
        guard size.width >= area.x + area.width, size.height >= area.y + area.height else {
            drawing { shade(generation) }
            return PixelRectangle(filling: size)
        }
        let top = isFlipped ? Int32(size.height) - area.y - area.height : area.y
        let drawn = PixelRectangle(x: area.x, y: top, width: area.width, height: area.height)
        let cells = FrameCounter.cells(of: generation), cell = Int(FrameCounter.cell), columns = Int(FrameCounter.columns)
        let count = columns * Int(FrameCounter.rows), pixel = Int(identity.layout.format.bytesPerPixel())
        drawing {
            for (index, row) in identity.layout.rows(of: drawn).enumerated() {
                let line = (isFlipped ? Int(area.height) - 1 - index : index) / cell
                for column in 0..<columns {
                    let isWhite = cells >> UInt64(count - 1 - line * columns - column) & 1 == 1
                    memset(mapping.start + row.lowerBound + column * cell * pixel, isWhite ? 0xFF : 0, cell * pixel)
                }
            }
        }
        return drawn
    }

    /// Equal bytes are a grey, or with an alpha channel a translucent white.
    private func shade(_ generation: Generation) {
        let size = identity.layout.size, pixel = Int(identity.layout.format.bytesPerPixel()), border = 2
        let shade = CInt(0x40 + 0x30 * (generation.rawValue % 4))
        for (y, row) in identity.layout.rows(of: PixelRectangle(filling: size)).enumerated() {
            let start = mapping.start + row.lowerBound
            memset(start, 0xFF, row.count)
            guard y >= border, y < Int(size.height) - border, Int(size.width) > 2 * border else { continue }
            memset(start + border * pixel, shade, row.count - 2 * border * pixel)
        }
    }

    /// Keeps the caches right where a device may read.
    private func drawing(_ body: () -> Void) {
        if isDMABuffer { oriel_dma_buf_sync(descriptor.rawValue, true, true) }
        body()
        if isDMABuffer { oriel_dma_buf_sync(descriptor.rawValue, false, true) }
    }
}

extension PlaneLayout {
    /// The layout in which a picture is replayed: as it was recorded, if it was linear. The rows of other layouts are made linear, with
    /// the recorded strides where these are wide enough.
    func replayed(as kind: PlaneKind) -> PlaneLayout {
        if modifier == .linear { return self }
        if let same = try? linear(kind, offsets: offsets, strides: strides) { return same }
        var offset: UInt32 = 0, offsets = SIMD4<UInt32>(), strides = SIMD4<UInt32>()
        for plane in 0..<format.planeCount {
            offsets[plane] = offset
            // Rows start at 256 bytes, which every display engine takes for scanout.
            strides[plane] = (columns(plane) * format.bytesPerPixel(plane: plane) + 255) & ~255
            offset += strides[plane] * rows(plane)
        }
        // The largest picture in the widest format ends below 4 GiB.
        return try! linear(kind, offsets: offsets, strides: strides)
    }

    private func linear(
        _ kind: PlaneKind, offsets: SIMD4<UInt32>, strides: SIMD4<UInt32>
    ) throws(PlaneFault) -> PlaneLayout {
        try LayoutClaim(
            kind: kind, width: size.width, height: size.height, fourcc: format.fourcc, modifier: Modifier.linear.rawValue,
            describedPlanes: UInt8(1 << format.planeCount - 1), offsets: offsets, strides: strides
        ).validated(length: nil)
    }

    /// Where the last memory plane of a linear layout ends, in bytes.
    fileprivate var end: UInt64 {
        (0..<planeCount).map { UInt64(offsets[$0]) + UInt64(strides[$0]) * UInt64(rows($0)) }.max() ?? 0
    }

    private func columns(_ plane: Int) -> UInt32 {
        let part = format.subsampling(plane: plane).horizontal
        return (size.width + part - 1) / part
    }

    private func rows(_ plane: Int) -> UInt32 {
        let part = format.subsampling(plane: plane).vertical
        return (size.height + part - 1) / part
    }
}
