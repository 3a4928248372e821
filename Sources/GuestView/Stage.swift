// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Lettering
internal import Planes
internal import Surfaces
internal import Wayland

/// The surfaces that the picture is on: the window's own and, while there are bars, a child over it.
///
/// A picture that fills the window is the toplevel's own buffer, which alone can be scanned out. Beside bars the toplevel is one
/// black pixel as large as the window, and the picture a child over it. A full-screen toplevel smaller than the screen would do
/// without a child, but Weston 14 leaves it off centre after its size has changed twice.
final class Stage {
    let window: PlaneSurface
    private var inset: PlaneSurface?
    /// Whether Oriel draws bars beside the picture.
    @exclusivity(unchecked) private(set) var isFramed = false
    /// The buffer that was shown when the picture changed surfaces. It is attached again unless a newer one comes before the commit.
    @exclusivity(unchecked) private var carried: HeldBuffer?
    private var black: HeldBuffer?
    private let rotation: Rotation
    private let hints: PictureHints
    private let surfaces: SurfaceGlobals
    private let buffers: BufferGlobals

    /// - Parameters:
    ///   - window: the surface that the host gives. Its role is gone when this is closed.
    ///   - rotation: how far the picture is turned.
    ///   - hints: for the picture, on whichever surface it is.
    init(_ window: PlaneSurface, _ compositor: Compositor, rotation: Rotation, hints: PictureHints) {
        self.window = window
        surfaces = compositor.surfaces
        buffers = compositor.buffers
        self.rotation = rotation
        self.hints = hints
    }

    /// Whether bars can be drawn; otherwise the compositor's background shows beside the picture.
    var canFrame: Bool { canDarken && surfaces.subcompositor != nil }

    private var canDarken: Bool { surfaces.viewporter != nil }

    /// The surface that the picture is on.
    var picture: PlaneSurface { isFramed ? inset! : window }

    var isMapped: Bool { window.isMapped }

    var isDark: Bool {
        guard let black else { return false }
        return carried.map { $0 === black } ?? picture.shows(black)
    }

    /// Updates window and picture to match a placement, as part of the coming commit.
    func arrange(_ placement: Placement, below cursor: PlaneSurface?) {
        if placement.hasBars ? !isFramed && canFrame : isFramed { changeSurface(below: cursor) }
        guard isFramed, let inset else { return }
        _ = inset.move(to: placement.offset)
        _ = window.scale(source: nil, to: placement.window)
        _ = window.declareOpaque(placement.window)
    }

    private func changeSurface(below cursor: PlaneSurface?) {
        guard isFramed || makeBlack() else { return }
        carried = picture.attached
        if isFramed {
            _ = inset!.detach()
            inset!.commit()
            isFramed = false
        } else {
            if inset == nil {
                inset = PlaneSurface(surfaces, rotation: rotation, hints: hints)
                inset!.becomeChild(of: window)
                if let cursor { inset!.placeBelow(cursor) }
            }
            _ = window.orient(isFlipped: false)
            attachBlack(to: window)
            isFramed = true
        }
    }

    func attach(_ attachment: Attachment) {
        carried = nil
        picture.attach(attachment)
    }

    /// Shows black instead of the picture. Returns false if there is no memory for it.
    func darken(_ size: LogicalSize) -> Bool {
        guard canDarken, makeBlack() else { return false }
        carried = nil
        _ = picture.scale(source: nil, to: size)
        attachBlack(to: picture)
        return true
    }

    /// wlroots' pixman renderer (0.15) leaves the far edges of a stretched 1×1 buffer of ours out: 16.16 fixed point is too coarse for it.
    private var blackSize: PixelSize {
        let side: UInt32 = buffers.singlePixel == nil ? 16 : 1
        return PixelSize(width: side, height: side)
    }

    /// Black pixels, which a viewport makes as large as they are wanted.
    private func makeBlack() -> Bool {
        guard black == nil else { return true }
        let sheet = Sheet(size: blackSize, color: 0xFF00_0000)
        do throws(ImportError) {
            black = HeldBuffer(try buffers.draw(sheet))
            return true
        } catch {
            return false
        }
    }

    private func attachBlack(to surface: PlaneSurface) {
        guard let black else { return }
        let whole = PixelRectangle(x: 0, y: 0, width: Int32(blackSize.width), height: Int32(blackSize.height))
        surface.attach(Attachment(buffer: black, damage: whole))
    }

    /// Commits the child, so that the window's commit, which follows, makes both visible at once.
    ///
    /// - Returns: whether the buffer that was shown goes out again.
    func commitChild() -> Bool {
        let carried = carried
        if let carried {
            attach(Attachment(buffer: carried, damage: PixelRectangle(x: 0, y: 0, width: .max, height: .max)))
        }
        if isFramed, let inset, inset.isChanged { inset.commit() }
        return carried != nil
    }

    func close() {
        inset?.close()
        window.close()
    }
}
