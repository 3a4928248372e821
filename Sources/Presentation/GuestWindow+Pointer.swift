// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Logging
internal import Planes
internal import Wayland

/// The cursor plane: a subsurface, or the host pointer's own image.
extension GuestWindow {
    func makeCursor() {
        switch options.cursor {
        case .hidden: shell.showsCursor = false
        case .subsurface:
            guard compositor.subcompositor != nil else {
                log.warning("the compositor has no wl_subcompositor: the guest's cursor isn't shown")
                shell.showsCursor = false
                return
            }
            cursorSurface = PlaneSurface(compositor)
            cursorSurface!.becomeChild(of: stage.window)
        case .pointer:
            guard compositor.bindSeat() else {
                log.warning("the compositor has no wl_seat: there is no pointer to wear the guest's cursor")
                shell.showsCursor = false
                return
            }
            cursorSurface = PlaneSurface(compositor)
            pointer = PointerImage(compositor, image: cursorSurface!)
            log.info(
                "the guest's cursor goes through wl_shm, as the display's cursor plane needs it; a dma-buf's is copied once a shape"
            )
        }
    }
}

/// The host pointer with the guest's cursor as its image, while it is over the window.
final class PointerImage {
    private let compositor: Compositor
    private let image: PlaneSurface
    private var pointer: WlPointer?
    private var entered: UInt32?
    private var hotSpot = PixelPoint.zero

    init(_ compositor: Compositor, image: PlaneSurface) {
        self.compositor = compositor
        self.image = image
        compositor.listen(
            seat: Listener { [weak self] event in
                switch consume event {
                case .capabilities(let capabilities): self?.follow(capabilities)
                case .name: break
                }
            })
    }

    private func follow(_ capabilities: WlSeat.Capability) {
        guard capabilities.contains(.pointer) else {
            pointer = nil
            entered = nil
            return
        }
        guard pointer == nil else { return }
        pointer = compositor.seat!.getPointer()
        pointer!.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .enter(let serial, _, _, _):
                    entered = serial
                    apply()
                case .leave: entered = nil
                default: break
                }
            })
    }

    /// The guest's cursor has this active pixel.
    func show(hotSpot: PixelPoint?) {
        self.hotSpot = hotSpot ?? .zero
        apply()
    }

    private func apply() {
        guard let entered else { return }
        pointer?.setCursor(serial: entered, surface: image.surface.ref, hotspotX: hotSpot.x, hotspotY: hotSpot.y)
    }
}
