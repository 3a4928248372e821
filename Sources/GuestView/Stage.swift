// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Lettering
internal import Planes
internal import Surfaces
internal import Wayland

/// The surfaces that the picture is on: the window's own and, while there are bars, a child over it.
///
/// A picture that fills the window is the toplevel's own buffer, which alone can be scanned out. Beside bars the toplevel is black and as
/// large as the window, and the picture a child over it: a few black pixels that a viewport makes larger, or, where the compositor has
/// none, a buffer of the window's size. A full-screen toplevel smaller than the screen would do
/// without a child, but Weston 14 leaves it off centre after its size has changed twice.
final class Stage {
    let window: PlaneSurface
    private var inset: PlaneSurface?
    /// Whether Oriel draws bars beside the picture.
    @exclusivity(unchecked) private(set) var isFramed = false
    /// The buffer that was shown when the picture changed surfaces. It is attached again unless a newer one comes before the commit.
    @exclusivity(unchecked) private var carried: HeldBuffer?
    private var black: Black?
    private let rotation: Rotation
    private let hints: PictureHints
    private let surfaces: SurfaceGlobals
    private let buffers: BufferGlobals

    private struct Black {
        let buffer: HeldBuffer
        let size: PixelSize
    }

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
    var canFrame: Bool { surfaces.subcompositor != nil }

    /// The surface that the picture is on.
    var picture: PlaneSurface { isFramed ? inset! : window }

    var isMapped: Bool { window.isMapped }

    var isDark: Bool {
        guard let black else { return false }
        return carried.map { $0 === black.buffer } ?? picture.shows(black.buffer)
    }

    /// Updates window and picture to match a placement, as part of the coming commit.
    func arrange(_ placement: Placement, below cursor: PlaneSurface?) {
        if isDark, !isFramed, !placement.hasBars, makeBlack(as: placement.destination) == .anew { attachBlack(to: picture) }
        if placement.hasBars ? !isFramed && canFrame : isFramed { changeSurface(placement, below: cursor) }
        guard isFramed, let inset else { return }
        _ = inset.move(to: placement.offset)
        _ = window.scale(source: nil, to: placement.window)
        _ = window.declareOpaque(placement.window)
        if makeBlack(as: placement.window) == .anew { attachBlack(to: window) }
    }

    private func changeSurface(_ placement: Placement, below cursor: PlaneSurface?) {
        guard isFramed || makeBlack(as: placement.window) != .none else { return }
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
            // cage 0.1.4 scans out a window of the output's size and leaves its children out (`count_surface_iterator` in its output.c), but none
            // that is turned otherwise than the output. Black is black either way.
            _ = window.orient(isFlipped: surfaces.viewporter == nil)
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
        guard makeBlack(as: size) != .none else { return false }
        carried = nil
        _ = picture.scale(source: nil, to: size)
        attachBlack(to: picture)
        return true
    }

    private enum Making {
        case anew, already
        /// There is no memory for it.
        case none
    }

    /// Makes the black buffer, unless it is there. Without a viewport it has the size in which it is wanted.
    private func makeBlack(as wanted: LogicalSize) -> Making {
        let size =
            if surfaces.viewporter == nil {
                PixelSize(width: UInt32(max(1, wanted.width)), height: UInt32(max(1, wanted.height)))
            } else {
                buffers.singlePixel == nil ? Self.stretched : PixelSize(width: 1, height: 1)
            }
        guard black?.size != size else { return .already }
        do throws(ImportError) {
            let buffer = try buffers.draw(Sheet(size: size, color: 0xFF00_0000))
            black = Black(buffer: HeldBuffer(buffer), size: size)
            return .anew
        } catch {
            return black == nil ? .none : .already
        }
    }

    /// wlroots' pixman renderer (0.15) leaves the far edges of a stretched 1×1 buffer out: 16.16 fixed point is too coarse for it.
    private static let stretched = PixelSize(width: 16, height: 16)

    private func attachBlack(to surface: PlaneSurface) {
        guard let black else { return }
        let whole = PixelRectangle(x: 0, y: 0, width: Int32(black.size.width), height: Int32(black.size.height))
        surface.attach(Attachment(buffer: black.buffer, damage: whole))
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
