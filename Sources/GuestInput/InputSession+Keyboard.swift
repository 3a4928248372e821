// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Logging
internal import Planes

/// What is typed over the window.
extension InputSession {
    package func keyboard(_ event: KeyboardEvent, of seat: Seat) {
        switch event {
        case .entered(let held):
            tellKeymapFault(seat)
            execute(guestKeyboard.enter(seat.name, holding: held))
            if options.grabsOnFocus { toggleGrab(to: .all) }
        case .left:
            execute(guestKeyboard.leave(seat.name))
            // Who is elsewhere needs the host's shortcuts, and comes back to a keyboard that does what it did elsewhere.
            grab = .none
        case .key(let key, isDown: true): execute(guestKeyboard.press(key, seat.name, seat.keyboard?.keymap?.meaning(of: key)))
        case .key(let key, isDown: false): execute(guestKeyboard.release(key, seat.name))
        case .repeated(let key): return execute(guestKeyboard.repeated(key, seat.name))
        case .modifiers:
            tellKeymapFault(seat)
            execute(guestKeyboard.follow(host: seat.keyboard?.keymap?.locks))
        case .shortcuts: break
        }
        steerKeyboard(seat)
        updateHint()
    }

    /// What the guest takes of a keyboard, and how its locks are.
    func followKeyboard() {
        execute(guestKeyboard.follow(takesKeys: sink?.abilities.keyboard ?? false, guest: sink?.locks))
    }

    /// A click or a step of the wheel is another one with Ctrl held, also where that was down before the focus came.
    func bringModifiers(of seat: Seat) { execute(guestKeyboard.bringModifiers(of: seat.name)) }

    func execute(_ actions: [GuestKeyboard.Action]) {
        for action in actions {
            switch action {
            case .key(let key, let isDown): sink?.press(key, isDown: isDown)
            case .toggleGrab: toggleGrab(to: grab == .none ? .all : .none)
            case .perform(let action): window?.perform(action)
            }
        }
    }

    /// Which of the chords' modifiers are down.
    func modifiers(of seat: Seat) -> Modifiers {
        seat.keyboard?.keymap?.modifiers ?? guestKeyboard.modifiers(of: seat.name)
    }

    private func tellKeymapFault(_ seat: Seat) {
        guard let fault = seat.keyboard?.keymapFault, fault != toldKeymapFault else { return }
        toldKeymapFault = fault
        log.warning("the compositor's keymap isn't used: \(fault): chords are where a US keyboard has their keys")
    }
}
