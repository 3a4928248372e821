// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Lettering
internal import Planes
internal import System
package import Wayland

/// A child of a surface with something that Oriel draws itself, which stays as it is for long: no part of the frame path.
///
/// Everything here takes effect with the parent's commit.
package final class DrawnSurface {
    package let surface: PlaneSurface
    private var shown: HeldBuffer?
    /// What was shown before, until the compositor gives it back.
    private var replaced: [HeldBuffer] = []
    private let buffers: BufferGlobals

    package init(_ compositor: Compositor, childOf parent: PlaneSurface, takesInput: Bool) {
        buffers = compositor.buffers
        surface = PlaneSurface(compositor.surfaces)
        surface.becomeChild(of: parent, takesInput: takesInput)
    }

    package var isMapped: Bool { surface.isMapped }

    /// Places it on the parent, in the parent's logical coordinates.
    package func place(at position: (x: Int32, y: Int32), size: LogicalSize) {
        _ = surface.move(to: position)
        _ = surface.scale(source: nil, to: size)
    }

    /// Shows another drawing. Where there is no memory for it the old one stays, and the error says why.
    package func draw(_ sheet: Sheet) throws(ImportError) {
        let buffer = HeldBuffer(try buffers.draw(sheet))
        replaced.removeAll { !$0.isHeld }
        if let shown { replaced.append(shown) }
        shown = buffer
        surface.attach(
            Attachment(
                buffer: buffer,
                damage: PixelRectangle(x: 0, y: 0, width: Int32(sheet.size.width), height: Int32(sheet.size.height))))
    }

    /// Takes it off the screen, with its memory.
    package func hide() {
        guard surface.detach() else { return }
        if let shown { replaced.append(shown) }
        shown = nil
    }

    /// Makes what was said part of the parent's next commit. Returns whether there was anything.
    package func commit() -> Bool {
        guard surface.isChanged else { return false }
        surface.commit()
        return true
    }

    /// Ends the role; before the parent goes.
    package func close() { surface.close() }
}

extension BufferGlobals {
    /// A drawing as a buffer whose memory goes with it. A single pixel needs no memory where the compositor makes it.
    package func draw(_ sheet: Sheet) throws(ImportError) -> WlBuffer {
        if sheet.pixels.count == 1, singlePixel != nil {
            let pixel = sheet.pixels[0]
            func channel(_ shift: UInt32) -> UInt32 { (pixel >> shift & 0xFF) * 0x0101_0101 }
            return singlePixel!.createU32RgbaBuffer(r: channel(16), g: channel(8), b: channel(0), a: channel(24))
        }
        let memory = try OwnedDescriptor.sharedMemory(sheet.pixels.count * 4)
        guard sheet.write(to: memory.rawValue) else {
            throw ImportError("\(sheet.pixels.count * 4) bytes of shared memory can't be written", isTemporary: true)
        }
        let pool = shm.createPool(fd: BorrowedDescriptor(memory), size: Int32(sheet.pixels.count * 4))
        let buffer = pool.createBuffer(
            offset: 0, width: Int32(sheet.size.width), height: Int32(sheet.size.height), stride: Int32(sheet.size.width * 4),
            format: .argb8888)
        pool.destroy()
        return buffer
    }
}
