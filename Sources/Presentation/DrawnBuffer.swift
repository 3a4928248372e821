// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Lettering
internal import Planes
internal import System
internal import Wayland

/// A sheet of our own drawing in shared memory. It is drawn once and never changes.
final class DrawnBuffer {
    private var buffer: WlBuffer
    /// Whether the compositor may still read it.
    private(set) var isHeld = false

    init(_ sheet: Sheet, _ compositor: Compositor) throws(ImportError) {
        buffer = try Self.make(sheet, compositor)
        buffer.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .release: isHeld = false
                }
            })
    }

    /// The sheet's pixels as a buffer whose memory goes with it. A single one needs none where the compositor makes it.
    static func make(_ sheet: Sheet, _ compositor: Compositor) throws(ImportError) -> WlBuffer {
        if sheet.pixels.count == 1, compositor.singlePixel != nil {
            let pixel = sheet.pixels[0]
            func channel(_ shift: UInt32) -> UInt32 { (pixel >> shift & 0xFF) * 0x0101_0101 }
            return compositor.singlePixel!.createU32RgbaBuffer(r: channel(16), g: channel(8), b: channel(0), a: channel(24))
        }
        let memory = try OwnedDescriptor.sharedMemory(sheet.pixels.count * 4)
        guard sheet.write(to: memory.rawValue) else {
            throw ImportError("\(sheet.pixels.count * 4) bytes of shared memory can't be written", isTemporary: true)
        }
        let pool = compositor.shm.createPool(fd: memory, size: Int32(sheet.pixels.count * 4))
        let buffer = pool.createBuffer(
            offset: 0, width: Int32(sheet.size.width), height: Int32(sheet.size.height), stride: Int32(sheet.size.width * 4),
            format: .argb8888)
        pool.destroy()
        return buffer
    }

    /// For an attach: from its commit on the compositor holds it.
    func take() -> WlBuffer.Ref {
        isHeld = true
        return buffer.ref
    }
}
