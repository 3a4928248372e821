// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Lettering
internal import Planes
internal import Wayland

/// A child of the window with something of our own drawing on it, which stays as it is for long: no part of the frame path.
///
/// All of it is the window's state: it takes effect with the parent's commit.
final class DrawnSurface {
    let surface: PlaneSurface
    private var shown: DrawnBuffer?
    /// What was shown before, until the compositor gives it back.
    private var replaced: [DrawnBuffer] = []
    private let compositor: Compositor

    init(_ compositor: Compositor, childOf parent: PlaneSurface, takesInput: Bool) {
        self.compositor = compositor
        surface = PlaneSurface(compositor)
        surface.becomeChild(of: parent, takesInput: takesInput)
    }

    var isMapped: Bool { surface.isMapped }

    /// Puts it there, so large, in the parent's logical coordinates.
    func place(at position: (x: Int32, y: Int32), size: LogicalSize) {
        _ = surface.move(to: position)
        _ = surface.scale(source: nil, to: size)
    }

    /// Shows another drawing. Where there is no memory for it the old one stays, and the error says why.
    func draw(_ sheet: Sheet) throws(ImportError) {
        let buffer = try DrawnBuffer(sheet, compositor)
        replaced.removeAll { !$0.isHeld }
        if let shown { replaced.append(shown) }
        shown = buffer
        surface.attach(
            buffer.take(),
            damage: PixelRectangle(x: 0, y: 0, width: Int32(sheet.size.width), height: Int32(sheet.size.height)))
    }

    /// Takes it off the screen, with its memory.
    func hide() {
        guard surface.detach() else { return }
        if let shown { replaced.append(shown) }
        shown = nil
    }

    /// Makes what was said part of the parent's next commit. Returns whether there was anything.
    func commit() -> Bool {
        guard surface.isChanged else { return false }
        surface.commit()
        return true
    }

    /// Ends the role; before the parent goes.
    func close() { surface.close() }
}
