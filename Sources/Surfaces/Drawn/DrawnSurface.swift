// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Lettering
internal import Planes
package import System
package import Wayland

/// A subsurface that Oriel draws and rarely changes; not on the frame path.
///
/// Everything here takes effect with the parent's commit. A `Drawing` describes what is drawn: two equal ones look the same.
package final class DrawnSurface<Drawing: Equatable> {
    package let surface: PlaneSurface
    private var shown: (drawing: Drawing, buffer: HeldBuffer)?
    /// Earlier drawings that the compositor may still read.
    private var replaced: [HeldBuffer] = []
    private let buffers: BufferGlobals

    /// The number of earlier drawings that are kept for a compositor that gives none back.
    private static var mostReplaced: Int { 4 }

    package init(_ compositor: Compositor, childOf parent: PlaneSurface, takesInput: Bool) {
        buffers = compositor.buffers
        surface = PlaneSurface(compositor.surfaces)
        surface.becomeChild(of: parent, takesInput: takesInput)
    }

    /// Places it on the parent, in the parent's logical coordinates. Returns whether that is news.
    package func place(at position: (x: Int32, y: Int32), size: LogicalSize) -> Bool {
        let isMoved = surface.move(to: position)
        return surface.scale(source: nil, to: size) || isMoved
    }

    /// Shows a drawing. If that fails, the surface keeps the drawing that it has.
    ///
    /// - Parameter sheet: evaluated unless this drawing is shown already.
    package func show(_ drawing: Drawing, drawnAs sheet: @autoclosure () -> Sheet) throws(ImportError) {
        guard shown?.drawing != drawing else { return }
        replaced.removeAll { !$0.isHeld }
        guard replaced.count < Self.mostReplaced else {
            throw ImportError("the compositor holds \(replaced.count) earlier drawings and gives none back", isTemporary: true)
        }
        let sheet = sheet()
        let buffer = HeldBuffer(try buffers.draw(sheet))
        if let shown { replaced.append(shown.buffer) }
        shown = (drawing, buffer)
        surface.attach(
            Attachment(
                buffer: buffer,
                damage: PixelRectangle(x: 0, y: 0, width: Int32(sheet.size.width), height: Int32(sheet.size.height))))
    }

    /// Takes it off the screen.
    package func hide() {
        guard surface.detach() else { return }
        if let shown { replaced.append(shown.buffer) }
        shown = nil
    }

    /// Makes all changes part of the parent's next commit. Returns whether there are any besides a move.
    package func commit() -> Bool {
        guard surface.isChanged else { return false }
        surface.commit()
        return true
    }
}

extension BufferGlobals {
    /// A drawing as a buffer whose memory goes with it. A single pixel needs no memory where the compositor makes it.
    package func draw(_ sheet: Sheet) throws(ImportError) -> WlBuffer {
        if sheet.pixels.count == 1, singlePixel != nil {
            let pixel = sheet.pixels[0]
            func channel(_ shift: UInt32) -> UInt32 { (pixel >> shift & 0xFF) * 0x0101_0101 }
            return singlePixel!.createU32RgbaBuffer(r: channel(16), g: channel(8), b: channel(0), a: channel(24))
        }
        let length = sheet.pixels.count * 4
        let memory = try OwnedDescriptor.sharedMemory(length)
        guard sheet.write(to: memory.rawValue) else {
            throw ImportError("\(length) bytes of shared memory can't be written", isTemporary: true)
        }
        let pool = shm.createPool(fd: BorrowedDescriptor(memory), size: Int32(length))
        let buffer = pool.createBuffer(
            offset: 0, width: Int32(sheet.size.width), height: Int32(sheet.size.height), stride: Int32(sheet.size.width * 4),
            format: .argb8888)
        pool.destroy()
        return buffer
    }
}

extension OwnedDescriptor {
    /// New memory of `length` zero bytes that can be a wl_shm pool.
    package static func sharedMemory(_ length: Int) throws(ImportError) -> OwnedDescriptor {
        do throws(Errno) {
            return try memoryFile("oriel-copy", length: length)
        } catch {
            throw ImportError("\(length) bytes of shared memory: \(error.text)", isTemporary: true)
        }
    }
}

/// Why a buffer can't be given to the compositor: the end of a sentence that starts with the plane.
package struct ImportError: Error, CustomStringConvertible {
    package let description: String
    /// Whether the next try may succeed, as when the kernel was short of something.
    package let isTemporary: Bool

    package init(_ description: String, isTemporary: Bool = false) {
        self.description = description
        self.isTemporary = isTemporary
    }
}
