// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Planes
package import Wayland

/// One person's keyboard, pointer and touchscreen. A device that goes leaves its surface first, so nothing stays pressed.
package final class Seat {
    let global: Registry.Global
    /// Tells it from other seats.
    var name: UInt32 { global.name }
    package private(set) var keyboard: KeyboardDevice?
    package private(set) var pointer: PointerDevice?
    package private(set) var touch: TouchDevice?
    /// Of the last event that was the user's doing: what asks for a grab, a selection or a token must show it.
    package var serial: UInt32?
    private var seat: WlSeat?
    private unowned let seats: Seats

    init(_ seat: consuming WlSeat, _ global: Registry.Global, _ seats: Seats) {
        self.global = global
        self.seats = seats
        self.seat = consume seat
        self.seat!.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .capabilities(let capabilities): follow(capabilities)
                case .name: break
                }
            })
    }

    package var ref: WlSeat.Ref? { seat?.ref }

    /// The loop that this seat's events come from.
    var loop: EventLoop? { seats.loop }

    func target(_ surface: WlSurface.Ref?) -> (any SeatTarget)? { seats.target(surface) }

    func keyboardFocusDidChange() { seats.observer?.keyboardFocusDidChange(self) }

    func inhibitShortcuts(on surface: WlSurface.Ref, onAnswer: @escaping () -> Void) -> ShortcutsInhibitor? {
        ref.flatMap { seats.inhibitShortcuts(of: $0, on: surface, onAnswer: onAnswer) }
    }

    private func follow(_ capabilities: WlSeat.Capability) {
        if !capabilities.contains(.keyboard) {
            keyboard?.close()
            keyboard = nil
        } else if keyboard == nil {
            keyboard = KeyboardDevice(seat!.getKeyboard(), self)
        }
        if !capabilities.contains(.pointer) {
            pointer?.close()
            pointer = nil
        } else if pointer == nil {
            pointer = PointerDevice(seat!.getPointer(), seats.pointerProtocols, self)
        }
        if !capabilities.contains(.touch) {
            touch?.close()
            touch = nil
        } else if touch == nil {
            touch = TouchDevice(seat!.getTouch(), self)
        }
    }

    /// The seat is gone.
    func close() {
        follow([])
        seat = nil
    }
}
