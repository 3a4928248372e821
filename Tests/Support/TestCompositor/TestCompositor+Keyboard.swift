// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import Glibc
public import Planes
internal import System
internal import Wayland
internal import WaylandServer

/// A keyboard that sends its modifiers after a key, as real ones do, and the shortcut inhibitor.
extension TestCompositor {
    func offerShortcutsInhibition() {
        offer(
            ZwpKeyboardShortcutsInhibitManagerV1Resource.self, "zwp_keyboard_shortcuts_inhibit_manager_v1"
        ) { [unowned self] manager in
            manager.setHandler(
                Listener { [unowned self] request in
                    guard case .inhibitShortcuts(let made, _, _) = consume request else { return }
                    log.name(made.id, "inhibitor")
                    inhibitor = made
                    made.onDestroy { [weak self] in self?.inhibitor = nil }
                    if behaviour.inhibitsShortcuts { made.sendActive() }
                })
        }
    }

    /// Whether the client has an inhibitor.
    public var hasInhibitor: Bool { inhibitor != nil }

    /// Activates or deactivates the inhibitor.
    public func inhibit(_ isActive: Bool) { isActive ? inhibitor?.sendActive() : inhibitor?.sendInactive() }

    /// Sends the client the keymap of ``Behaviour/keymap``, as after a change of layout.
    public func sendKeymap() {
        keys = TestKeymap(layout: behaviour.keymap.layout)
        let text = if case .broken(let text) = behaviour.keymap { [UInt8](text.utf8) + [0] } else { keys.text }
        let file = OwnedDescriptor(adopting: oriel_memfd_create("keymap"))
        write(file.rawValue, text, text.count)
        let size: UInt32 = if case .sized(let size, _) = behaviour.keymap { size } else { UInt32(text.count) }
        keyboard?.sendKeymap(format: .xkbV1, fd: file, size: size)
    }

    /// Tells how keys repeat: how many times a second, and after how many milliseconds.
    public func sendRepeatInfo(rate: Int32, delay: Int32) { keyboard?.sendRepeatInfo(rate: rate, delay: delay) }

    /// Gives the keyboard focus to the picture, or to the newest window, with these keys already down.
    public func enterKeyboard(holding held: [KeyCode] = [], ofNewest isNewest: Bool = false) {
        keys.release()
        for key in held { _ = keys.press(key, isDown: true) }
        keyboard?.sendEnter(
            serial: display.nextSerial(), surface: isNewest ? toplevel!.surface : surface("picture")!.resource,
            keys: [UInt8](wireValues: held.map(\.rawValue)))
        sendModifiers()
    }

    /// Moves the keyboard focus elsewhere.
    public func leaveKeyboard() {
        keyboard?.sendLeave(serial: display.nextSerial(), surface: surface("picture")!.resource)
    }

    /// Presses or releases a key, and sends the modifiers if it is one.
    public func press(_ key: KeyCode, isDown: Bool) {
        let isNews = keys.press(key, isDown: isDown)
        keyboard?.sendKey(
            serial: display.nextSerial(), time: 0, key: key.rawValue, state: isDown ? .pressed : .released)
        if isNews { sendModifiers() }
    }

    /// Presses the keys in order and releases them in reverse order.
    public func strike(_ keys: KeyCode...) {
        for key in keys { press(key, isDown: true) }
        for key in keys.reversed() { press(key, isDown: false) }
    }

    private func sendModifiers() {
        let now = keys.modifiers
        keyboard?.sendModifiers(
            serial: display.nextSerial(), modsDepressed: now.depressed, modsLatched: now.latched, modsLocked: now.locked,
            group: now.group)
    }
}
