// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
package import Planes
internal import System
package import Wayland

/// What a keyboard does over a surface.
package enum KeyboardEvent {
    /// The surface has the focus; these keys are down already.
    case entered(held: [KeyCode])
    /// It has lost it: nothing that was down is heard of again.
    case left
    case key(KeyCode, isDown: Bool)
    /// The key is still down, and is due to repeat.
    case repeated(KeyCode)
    /// The keymap, its modifiers or its locks are other ones: ``KeyboardDevice`` knows which are on.
    case modifiers
    /// The compositor has answered whether it leaves its shortcuts to the surface.
    case shortcuts
}

/// A seat's wl_keyboard: which surface it is on, and what its keymap makes of keys.
package final class KeyboardDevice {
    package private(set) var focus: WlSurface.Ref?
    /// nil where the compositor has none, or none that can be used.
    private(set) var keymap: Keymap?
    /// Why there is no keymap although the compositor gave one.
    private(set) var keymapFault: KeymapFault?
    private(set) var inhibitor: ShortcutsInhibitor?
    private var masks = ModifierMasks()
    private var keyRepeat = KeyRepeat()
    /// Made with the first key that repeats; nil until then.
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
            // A compositor that forgets to leave leaves all the same.
            leave()
            focus = surface
            seat.serial = serial
            tell(.entered(held: keys.wireValues(of: UInt32.self).map(KeyCode.init)))
            seat.keyboardFocusDidChange()
        case .leave: leave()
        case .key(let serial, _, let key, let state):
            // Compositors repeat keys themselves from version 10 on, which is newer than what is bound.
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

    /// Without a keymap, every key repeats but modifiers and locks.
    private func repeats(_ key: KeyCode) -> Bool { keymap?.repeats(key) ?? (key.modifier == nil && key.lock == nil) }

    private func follow(_ event: KeyRepeat.Event) {
        switch keyRepeat.handle(event, at: EventLoop.now()) {
        case .nothing: break
        case .disarm: timer?.disarm()
        case .arm(let time):
            if timer == nil { timer = try? seat.loop?.timer { [unowned self] in follow(.timer) } }
            timer?.arm(at: time)
        case .press(let key, let next):
            timer?.arm(at: next)
            tell(.repeated(key))
        }
    }

    /// The key that is held repeats no more.
    func stopRepeating() { follow(.stop) }

    /// Asks the compositor to leave its shortcuts to the surface that has the focus, or no longer.
    func inhibitShortcuts(_ isWanted: Bool) {
        guard isWanted, let focus else { return inhibitor = nil }
        guard inhibitor?.surface != focus else { return }
        inhibitor = nil
        inhibitor = seat.inhibitShortcuts(on: focus) { [unowned self] in tell(.shortcuts) }
    }

    private func leave() {
        guard let left = focus else { return }
        stopRepeating()
        focus = nil
        seat.target(left)?.keyboard(.left, of: seat)
        seat.keyboardFocusDidChange()
    }

    private func tell(_ event: KeyboardEvent) { seat.target(focus)?.keyboard(event, of: seat) }

    func close() {
        leave()
        inhibitor = nil
    }
}
