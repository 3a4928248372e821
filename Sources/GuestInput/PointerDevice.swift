// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Wayland

/// What a pointer does over a surface. Places are the surface's own logical coordinates.
package enum PointerEvent {
    case entered(x: Double, y: Double)
    case left
    case moved(x: Double, y: Double)
    /// A button by its Linux code (`BTN_*` in linux/input-event-codes.h).
    case button(UInt32, isDown: Bool)
    /// The wheel has turned by so many 120ths of a step, or a finger on a touchpad has moved; down and right are positive.
    case scrolled(x: Int32, y: Int32)
}

/// A seat's wl_pointer: which surface it is over.
package final class PointerDevice {
    package private(set) var focus: WlSurface.Ref?
    /// Of the event that brought it over ``focus``: what sets its image must show it.
    package private(set) var enterSerial: UInt32 = 0
    private var pointer: WlPointer
    private unowned let seat: Seat

    init(_ pointer: consuming WlPointer, _ seat: Seat) {
        self.pointer = pointer
        self.seat = seat
        self.pointer.listen(Listener { [unowned self] event in handle(event) })
    }

    package var ref: WlPointer.Ref { pointer.ref }

    private func handle(_ event: consuming WlPointer.Event) {
        switch consume event {
        case .enter(let serial, let surface, let x, let y):
            focus = surface
            enterSerial = serial
            tell(.entered(x: x.double, y: y.double))
        case .leave: leave()
        case .motion(_, let x, let y): tell(.moved(x: x.double, y: y.double))
        case .button(let serial, _, let button, let state):
            seat.serial = serial
            tell(.button(button, isDown: state == .pressed))
        default: break
        }
    }

    /// Wears this picture, or none, while it is over ``focus``.
    package func setImage(_ surface: WlSurface.Ref?, hotSpotX: Int32, hotSpotY: Int32) {
        pointer.setCursor(serial: enterSerial, surface: surface, hotspotX: hotSpotX, hotspotY: hotSpotY)
    }

    private func leave() {
        guard focus != nil else { return }
        tell(.left)
        focus = nil
    }

    private func tell(_ event: PointerEvent) { seat.target(focus)?.pointer(event, of: seat) }

    func close() { leave() }
}
