// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Logging
internal import Measurement
internal import Planes
internal import Surfaces
internal import Wayland

/// The cursor plane: a subsurface over the picture, the host pointer's own image, or nothing.
final class CursorLayer {
    var presenter = PlanePresenter(kind: .cursor)
    private let outlet: Outlet
    private let rotation: Rotation
    /// Whether a cursor can be cut off at the picture's edges.
    private let canCut: Bool
    private(set) var shown: ShownCursor {
        didSet { isNews = true }
    }
    /// Whether the host hasn't been told yet.
    private var isNews = true
    /// Whether the cursor is hidden until it moves.
    var isResting = false
    /// Called when the guest has moved its cursor or changed its look; nil where nobody wants to know.
    var onMove: (() -> Void)?
    private var told: (place: PixelPoint, generation: Generation)?

    private enum Outlet {
        case none
        /// A synchronised child of the view's surface.
        case child(PlaneSurface)
        /// The image for the host's pointer, which the host places and never cuts.
        case pointer(PlaneSurface)
    }

    /// The effect of a cursor update on the view's surface.
    enum Change {
        case none
        case moved
        case redrawn
        /// The compositor holds every copy of the new cursor, which goes out when one is released.
        case blocked
    }

    init(
        _ mode: CursorMode, over window: PlaneSurface, _ surfaces: SurfaceGlobals, rotation: Rotation, log: Logger
    ) {
        self.rotation = rotation
        canCut = surfaces.viewporter != nil
        switch mode {
        case .hidden: outlet = .none
        case .subsurface:
            guard surfaces.subcompositor != nil else {
                log.warning("the compositor has no wl_subcompositor: the guest's cursor isn't shown")
                outlet = .none
                break
            }
            let child = PlaneSurface(surfaces, rotation: rotation)
            child.becomeChild(of: window)
            outlet = .child(child)
        case .pointer:
            outlet = .pointer(PlaneSurface(surfaces, rotation: rotation))
            log.info(
                "the guest's cursor goes through wl_shm, as the display's cursor plane needs it; a dma-buf is copied once per shape"
            )
        }
        shown = if case .none = outlet { .unwanted } else { .unknown }
    }

    /// Whether the cursor plane is shown at all.
    var isWanted: Bool { surface != nil }

    private var surface: PlaneSurface? {
        switch outlet {
        case .none: nil
        case .child(let surface), .pointer(let surface): surface
        }
    }

    /// The child over the picture, if it is one.
    var child: PlaneSurface? { if case .child(let surface) = outlet { surface } else { nil } }

    /// Whether a cursor is a visible surface over the picture.
    var isOverPicture: Bool { child?.isMapped == true }

    /// Whether a cursor is on screen, or on the host's pointer.
    var isMapped: Bool { surface?.isMapped == true }

    private var isPointerImage: Bool { if case .pointer = outlet { true } else { false } }

    /// Updates the cursor to match what its plane shows; the child is committed here.
    func update(
        _ step: PlanePresenter.Step, over picture: PictureLayer, of guest: ViewedGuest, _ ledger: ViewLedger
    ) -> Change {
        guard let surface else { return .none }
        if let onMove { tell(step, onMove) }
        switch step {
        case .off: return hide(surface)
        case .unchanged(let info):
            guard let overlay = overlay(info, over: picture) else { return hide(surface) }
            return place(overlay, isFlipped: info.isFlipped, on: surface) ? .moved : .none
        case .show(let info, let buffer):
            guard let overlay = overlay(info, over: picture) else {
                guest.planes.skipped(.cursor, generation: info.generation)
                return hide(surface)
            }
            guard let presentation = presenter.present(info, buffer, ledger) else { return .blocked }
            _ = place(overlay, isFlipped: info.isFlipped, on: surface)
            surface.attach(presentation.attachment)
            surface.commit()
            if !presentation.isFresh { ledger.statistics.buffers.cacheHits += 1 }
            guest.willCommit(.cursor, info.generation, in: buffer)
            guard isPointerImage else { return .redrawn }
            // The pointer's image follows the host's pointer and needs nothing of the window.
            shown = .image(surface.surface.ref, hotSpot: hotSpot(info, on: overlay))
            return .none
        case .hold, .full, .wait, .unusable: return .none
        }
    }

    private func tell(_ step: PlanePresenter.Step, _ onMove: () -> Void) {
        switch step {
        case .show(let info, _), .unchanged(let info):
            guard told.map({ $0 != (info.position, info.generation) }) ?? true else { return }
            told = (info.position, info.generation)
            onMove()
        case .off, .hold, .full, .wait, .unusable: break
        }
    }

    /// Notes whether the guest shows a cursor, in place of which the host hides its own.
    func follow(_ step: PlanePresenter.Step) {
        switch (step, shown) {
        case (.show, .unknown), (.show, .off):
            if !isPointerImage { shown = .plane }
        case (.off, .plane), (.off, .image): shown = .off
        default: break
        }
    }

    /// Another guest follows; whether it has a cursor plane isn't known yet.
    func forget() { if isWanted { shown = .unknown } }

    /// What the host hasn't been told yet; nil if it knows.
    func takeNews() -> ShownCursor? {
        guard isNews else { return nil }
        isNews = false
        return shown
    }

    private func hide(_ surface: PlaneSurface) -> Change {
        presenter.wasHidden()
        guard surface.detach() else { return .none }
        surface.commit()
        return .redrawn
    }

    /// The cursor's place, cut off at the picture's edges; nil if all of it is outside.
    private func overlay(_ info: PlaneInfo, over picture: PictureLayer) -> Overlay? {
        guard !isResting, let guest = picture.guest, let placement = picture.placement else { return nil }
        let size = info.identity.layout.size
        var overlay = placement.overlay(
            rotation.turned(size), at: rotation.turned(size, at: info.position, on: guest), guest: rotation.turned(guest),
            isCut: !isPointerImage && canCut)
        // The cursor is a child of the window, whichever surface the picture is on.
        if picture.stage.isFramed {
            overlay?.position.x += placement.offset.x
            overlay?.position.y += placement.offset.y
        }
        return overlay
    }

    /// The place of the hot spot on the shown cursor, in logical units.
    private func hotSpot(_ info: PlaneInfo, on overlay: Overlay) -> PixelPoint {
        let size = info.identity.layout.size, shown = rotation.turned(size)
        let pixel = rotation.turned(PixelSize(width: 1, height: 1), at: info.hotSpot ?? .zero, on: size)
        return PixelPoint(
            x: Int32(clamping: Int64(pixel.x) * Int64(overlay.size.width) / Int64(shown.width)),
            y: Int32(clamping: Int64(pixel.y) * Int64(overlay.size.height) / Int64(shown.height)))
    }

    private func place(_ overlay: Overlay, isFlipped: Bool, on surface: PlaneSurface) -> Bool {
        var isNew = surface.orient(isFlipped: isFlipped)
        if surface.scale(source: overlay.source, to: overlay.size) {
            // A subsurface's own state needs its own commit; its place is the parent's.
            if surface.isMapped { surface.commit() }
            isNew = true
        }
        guard !isPointerImage else { return isNew }
        return surface.move(to: overlay.position) || isNew
    }

    /// Ends the role; before the window goes.
    func close() {
        surface?.close()
        presenter.close()
    }
}
