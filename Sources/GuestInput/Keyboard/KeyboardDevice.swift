// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
package import Planes
internal import System
package import Wayland

/// An event of a keyboard over a surface.
package enum KeyboardEvent {
    /// The surface got the focus. These keys are down already.
    case entered(held: [KeyCode])
    /// The surface lost the focus. No release follows for keys that are down.
    case left
    case key(KeyCode, isDown: Bool)
    /// The key is still down, and is due to repeat.
    case repeated(KeyCode)
    /// The keymap, its modifiers or its locks changed; ``KeyboardDevice`` has their state.
    case modifiers
    /// The compositor has answered whether it leaves its shortcuts to the surface.
    case shortcuts
}

/// A seat's wl_keyboard: the surface that it is on, the keymap, and the repeats of a held key.
package final class KeyboardDevice {
    package private(set) var focus: WlSurface.Ref?
    /// nil where the compositor sent none, or an unusable one.
    private(set) var keymap: Keymap?
    /// Why the compositor's keymap can't be used; nil if it can, or if there is none.
    private(set) var keymapFault: KeymapFault?
    private(set) var inhibitor: ShortcutsInhibitor?
    private var masks = ModifierMasks()
    private var keyRepeat = KeyRepeat()
    /// Created with the first key that repeats.
    private var timer: TimerSource?
    private var keyboard: WlKeyboard
    private unowned let seat: Seat

    init(_ keyboard: consuming WlKeyboard, _ seat: Seat) {
        self.keyboard = keyboard
        self.seat = seat
        self.keyboard.listen(Listener { [unowned self] event in handle(event) })
    }

    private func handle(_ event: consuming WlKeyboard.Event) {
        switch consume event {
        case .keymap(let format, let file, let size): change(format, file, size)
        case .enter(let serial, let surface, let keys):
            // Some compositors enter another surface without leaving the first.
            leave()
            focus = surface
            seat.serial = serial
            tell(.entered(held: keys.wireValues(of: UInt32.self).map(KeyCode.init)))
            seat.seats.observer?.keyboardFocusDidChange(seat)
        case .leave: leave()
        case .key(let serial, _, let key, let state):
            // Only wl_keyboard 10 has repeats by the compositor, and an older one is bound.
            guard state == .pressed || state == .released else { return }
            seat.serial = serial
            let key = KeyCode(rawValue: key), isDown = state == .pressed
            if focus != nil { follow(isDown ? .press(key, repeats: repeats(key)) : .release(key)) }
            tell(.key(key, isDown: isDown))
        case .modifiers(_, let depressed, let latched, let locked, let group):
            masks = ModifierMasks(depressed: depressed, latched: latched, locked: locked, group: group)
            keymap?.set(masks)
            tell(.modifiers)
        case .repeatInfo(let rate, let delay): follow(.rhythm(KeyRepeat.Rhythm(rate: rate, delay: delay)))
        }
    }

    private func change(_ format: WlKeyboard.KeymapFormat, _ file: consuming OwnedDescriptor, _ size: UInt32) {
        keymap = nil
        keymapFault = nil
        switch format {
        case .noKeymap: break
        case .xkbV1:
            do throws(KeymapFault) {
                keymap = try Keymap(file, size: size)
                // Real modifiers have the same numbers in every keymap, and what is down stays down.
                keymap?.set(masks)
            } catch {
                keymapFault = error
            }
        default: keymapFault = .format(format.rawValue)
        }
        tell(.modifiers)
    }

    /// Without a keymap, every key repeats except modifiers and locks.
    private func repeats(_ key: KeyCode) -> Bool { keymap?.repeats(key) ?? (key.modifier == nil && key.lock == nil) }

    private func follow(_ event: KeyRepeat.Event) {
        switch keyRepeat.handle(event, at: EventLoop.now()) {
        case .nothing: break
        case .disarm: timer?.disarm()
        case .arm(let time):
            if timer == nil { timer = seat.seats.loop?.timer { [unowned self] in follow(.timer) } }
            timer?.arm(at: time)
        case .press(let key, let next):
            timer?.arm(at: next)
            tell(.repeated(key))
        }
    }

    /// Ends the repeats of the key that is held.
    func stopRepeating() { follow(.stop) }

    /// Asks the compositor to leave its shortcuts to the surface that has the focus, or takes the request back.
    func inhibitShortcuts(_ isWanted: Bool) {
        guard isWanted, let focus else { return inhibitor = nil }
        guard inhibitor?.surface != focus else { return }
        inhibitor = nil
        inhibitor = seat.seats.inhibitShortcuts(of: seat, on: focus) { [unowned self] in tell(.shortcuts) }
    }

    private func leave() {
        guard let left = focus else { return }
        stopRepeating()
        focus = nil
        seat.seats.target(left)?.keyboard(.left, of: seat)
        seat.seats.observer?.keyboardFocusDidChange(seat)
    }

    private func tell(_ event: KeyboardEvent) { seat.seats.target(focus)?.keyboard(event, of: seat) }

    func close() {
        leave()
        inhibitor = nil
    }
}

/// Keeps the compositor's own shortcuts off while a seat's keyboard is on a surface, for as long as it lives. A seat and a surface
/// can have one at a time (zwp_keyboard_shortcuts_inhibit_manager_v1: a second one is a protocol error).
final class ShortcutsInhibitor {
    /// The compositor's answer.
    enum Answer {
        case pending
        /// All keys come to the surface.
        case active
        /// The compositor keeps its shortcuts, or took them back at the user's wish.
        case inactive
    }

    let surface: WlSurface.Ref
    private(set) var answer = Answer.pending
    private var inhibitor: ZwpKeyboardShortcutsInhibitorV1
    private let onAnswer: () -> Void

    init(_ inhibitor: consuming ZwpKeyboardShortcutsInhibitorV1, on surface: WlSurface.Ref, onAnswer: @escaping () -> Void) {
        self.inhibitor = inhibitor
        self.surface = surface
        self.onAnswer = onAnswer
        self.inhibitor.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .active: answer = .active
                case .inactive: answer = .inactive
                }
                self.onAnswer()
            })
    }
}
