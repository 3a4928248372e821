// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import Glibc
internal import Planes
internal import System
internal import Wayland

/// The lowest rung of the ladder: rows of a linear plane, copied into memory of our own.
final class RowCopier {
    private let source: MappedMemory
    private let descriptor: CInt
    private let layout: PlaneLayout
    private let isDMABuf: Bool

    /// The buffer's descriptor is borrowed for as long as this lives.
    init(_ buffer: borrowing PlaneBuffer) throws(ImportError) {
        layout = buffer.layout
        guard layout.modifier == .linear, layout.planeCount == 1 else {
            throw ImportError("its layout \(layout.format) \(layout.modifier) can't be copied")
        }
        descriptor = buffer.descriptor(plane: 0)
        // It may have shrunk since it was validated, and reading past a file's end is a SIGBUS.
        let end = lseek(descriptor, 0, SEEK_END)
        guard end < 0 || end >= Int(layout.linearLength) else { throw ImportError("its memory is shorter than its picture") }
        isDMABuf = buffer.memory == .dmabuf
        source = try MappedMemory(descriptor, count: Int(layout.linearLength), writable: false)
    }

    private var rowBytes: Int { Int(layout.size.width * layout.format.bytesPerPixel()) }

    func makeSlot(shm: borrowing WlShm, format: PixelFormat) throws(ImportError) -> ImportedBuffer.Slot {
        let length = rowBytes * Int(layout.size.height)
        guard let poolSize = Int32(exactly: length) else { throw ImportError("its \(length) bytes exceed wl_shm's 2 GiB") }
        let memory = try OwnedDescriptor.sharedMemory(length)
        let pixels = try MappedMemory(memory.rawValue, count: length, writable: true)
        let pool = shm.createPool(fd: memory, size: poolSize)
        let buffer = pool.createBuffer(
            offset: 0, width: Int32(layout.size.width), height: Int32(layout.size.height), stride: Int32(rowBytes),
            format: WlShm.Format(rawValue: Compositor.sharedMemoryCode(of: format)))
        pool.destroy()
        return ImportedBuffer.Slot(buffer, pixels: pixels, size: layout.size)
    }

    /// Copies a rectangle that lies inside the plane. Returns the bytes copied.
    func copy(_ area: PixelRectangle, into target: MappedMemory) -> UInt64 {
        guard !area.isEmpty else { return 0 }
        if isDMABuf { _ = oriel_dma_buf_sync(descriptor, true, false) }
        let pixel = Int(layout.format.bytesPerPixel())
        let bytes = Int(area.width) * pixel
        for row in Int(area.y)..<Int(area.y + area.height) {
            memcpy(
                target.start + row * rowBytes + Int(area.x) * pixel,
                source.start + Int(layout.offsets[0]) + row * Int(layout.strides[0]) + Int(area.x) * pixel, bytes)
        }
        if isDMABuf { _ = oriel_dma_buf_sync(descriptor, false, false) }
        return UInt64(bytes) * UInt64(area.height)
    }
}
