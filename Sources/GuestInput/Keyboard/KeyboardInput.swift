// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Logging
internal import Planes
internal import Wayland

/// The keyboards over one window: their keys go to the guest, and a grab keeps the compositor's shortcuts off.
final class KeyboardInput {
    private var guest: GuestKeyboard
    /// The fault of a keymap that was reported last.
    private var reportedFault: KeymapFault?
    private var hasReportedShortcuts = false
    private unowned let session: InputSession

    init(_ session: InputSession) {
        self.session = session
        guest = GuestKeyboard(chords: session.options.chords, takesKeys: false)
    }

    func handle(_ event: KeyboardEvent, of seat: Seat) {
        switch event {
        case .entered(let held):
            reportKeymapFault(seat)
            execute(guest.enter(seat.name, holding: held))
            if session.options.grabsOnFocus { session.setGrab(.all) }
        case .left:
            execute(guest.leave(seat.name))
            // In another window the user needs the host's shortcuts, and expects no grab on the way back.
            session.setGrab(.none)
        case .key(let key, isDown: true): execute(guest.press(key, seat.name, seat.keyboard?.keymap?.meaning(of: key)))
        case .key(let key, isDown: false): execute(guest.release(key, seat.name))
        case .repeated(let key): execute(guest.repeated(key, seat.name))
        case .modifiers:
            reportKeymapFault(seat)
            execute(guest.follow(host: seat.keyboard?.keymap?.locks))
        case .shortcuts: break
        }
        steer(seat)
    }

    /// Follows the guest's keyboard, as it comes and goes, and its locks.
    func followSink() {
        let takesKeys = session.options.givesKeys && session.sink?.abilities.keyboard == true
        execute(guest.follow(takesKeys: takesKeys, guest: session.sink?.locks))
    }

    func followGrab() {
        for seat in session.seats.all {
            if session.grab == .none, seat.keyboard?.focus == session.surface { seat.keyboard?.stopRepeating() }
            steer(seat)
        }
        guard session.grab == .all, !session.seats.canInhibitShortcuts, !hasReportedShortcuts else { return }
        hasReportedShortcuts = true
        session.log.warning(
            """
            the compositor has no zwp_keyboard_shortcuts_inhibit_manager_v1: its own shortcuts don't reach the guest, even while \
            the keyboard is grabbed
            """)
    }

    /// Presses held-back modifiers: a click or a wheel step with Ctrl differs from one without, even where Ctrl was pressed
    /// before the window got the focus.
    func bringModifiers(of seat: Seat) { execute(guest.bringModifiers(of: seat.name)) }

    func letGo() { execute(guest.letGo()) }

    /// The compositor's answer to the grab, for all keyboards over the window.
    var inhibition: ShortcutsInhibitor.Answer {
        guard session.seats.canInhibitShortcuts else { return .inactive }
        let answers = session.seats.all.compactMap { $0.keyboard?.inhibitor }.filter { $0.surface == session.surface }.map(
            \.answer)
        if answers.contains(.active) { return .active }
        return answers.contains(.inactive) ? .inactive : .pending
    }

    /// Updates the inhibitor of the compositor's shortcuts to match the grab. While exactly the modifiers of one of the host's chords are
    /// down, the compositor keeps its shortcuts: a client can't hand back a key, it can only avoid taking the next one.
    private func steer(_ seat: Seat) {
        guard let keyboard = seat.keyboard else { return }
        if keyboard.focus == session.surface {
            let modifiers = keyboard.keymap?.modifiers ?? guest.modifiers(of: seat.name)
            keyboard.inhibitShortcuts(session.grab == .all && !session.options.chords.isHostChordBegun(modifiers))
        } else if keyboard.inhibitor?.surface == session.surface {
            keyboard.inhibitShortcuts(false)
        }
    }

    private func execute(_ actions: [GuestKeyboard.Action]) {
        for action in actions {
            switch action {
            case .key(let key, let isDown): session.sink?.press(key, isDown: isDown)
            case .toggleGrab: session.setGrab(session.grab == .none ? .all : .none)
            case .perform(let action): session.window?.perform(action)
            }
        }
    }

    private func reportKeymapFault(_ seat: Seat) {
        guard let fault = seat.keyboard?.keymapFault, fault != reportedFault else { return }
        reportedFault = fault
        session.log.warning("the compositor's keymap isn't used: \(fault): chords are where a US keyboard has their keys")
    }
}
