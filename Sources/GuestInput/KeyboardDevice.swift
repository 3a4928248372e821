// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes
package import Wayland

/// What a keyboard does over a surface.
package enum KeyboardEvent {
    /// The surface has the focus; these keys are down already.
    case entered(held: [KeyCode])
    /// It has lost it: nothing that was down is heard of again.
    case left
    case key(KeyCode, isDown: Bool)
    /// The keymap's modifiers or locks have changed: ``KeyboardDevice`` knows which are on.
    case modifiers
}

/// A seat's wl_keyboard: which surface it is on, and what its keymap makes of keys.
package final class KeyboardDevice {
    package private(set) var focus: WlSurface.Ref?
    private var keyboard: WlKeyboard
    private unowned let seat: Seat

    init(_ keyboard: consuming WlKeyboard, _ seat: Seat) {
        self.keyboard = keyboard
        self.seat = seat
        self.keyboard.listen(Listener { [unowned self] event in handle(event) })
    }

    private func handle(_ event: consuming WlKeyboard.Event) {
        switch consume event {
        case .keymap: break
        case .enter(let serial, let surface, let keys):
            focus = surface
            seat.serial = serial
            tell(.entered(held: keys.wireValues(of: UInt32.self).map(KeyCode.init)))
        case .leave: leave()
        case .key(let serial, _, let key, let state):
            guard state == .pressed || state == .released else { return }  // repeats are the guest's own business
            seat.serial = serial
            tell(.key(KeyCode(rawValue: key), isDown: state == .pressed))
        case .modifiers: tell(.modifiers)
        case .repeatInfo: break
        }
    }

    private func leave() {
        guard focus != nil else { return }
        tell(.left)
        focus = nil
    }

    private func tell(_ event: KeyboardEvent) { seat.target(focus)?.keyboard(event, of: seat) }

    func close() { leave() }
}
