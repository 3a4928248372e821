// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CXKBCommon
internal import Glibc
internal import Planes

/// An xkbcommon keymap and its modifier state: the compositor's half of a keyboard.
final class TestKeymap {
    private let context: OpaquePointer
    private let keymap: OpaquePointer
    private var state: OpaquePointer

    /// - Parameter layout: A name in `/usr/share/X11/xkb/symbols`: `us`, `de`, `us,ru`.
    init(layout: String) {
        let context = xkb_context_new(XKB_CONTEXT_NO_FLAGS)!
        self.context = context
        keymap = layout.withCString { layout in
            var names = xkb_rule_names()
            names.layout = layout
            return xkb_keymap_new_from_names(context, &names, XKB_KEYMAP_COMPILE_NO_FLAGS)!
        }
        state = xkb_state_new(keymap)!
    }

    deinit {
        xkb_state_unref(state)
        xkb_keymap_unref(keymap)
        xkb_context_unref(context)
    }

    /// The keymap as it is sent, including its terminating NUL.
    var text: [UInt8] {
        let text = xkb_keymap_get_as_string(keymap, XKB_KEYMAP_FORMAT_TEXT_V1)!
        defer { free(text) }
        return [UInt8](UnsafeRawBufferPointer(start: text, count: strlen(text) + 1))
    }

    /// Returns whether the key changed modifiers, locks or group.
    func press(_ key: KeyCode, isDown: Bool) -> Bool {
        guard key.rawValue < 248 else { return false }
        return xkb_state_update_key(state, key.rawValue + 8, isDown ? XKB_KEY_DOWN : XKB_KEY_UP).rawValue
            & (XKB_STATE_MODS_EFFECTIVE.rawValue | XKB_STATE_LAYOUT_EFFECTIVE.rawValue) != 0
    }

    /// Releases all keys; the locks stay.
    func release() {
        let now = modifiers
        xkb_state_unref(state)
        state = xkb_state_new(keymap)!
        xkb_state_update_mask(state, 0, 0, now.locked, 0, 0, now.group)
    }

    var modifiers: (depressed: UInt32, latched: UInt32, locked: UInt32, group: UInt32) {
        (
            xkb_state_serialize_mods(state, XKB_STATE_MODS_DEPRESSED), xkb_state_serialize_mods(state, XKB_STATE_MODS_LATCHED),
            xkb_state_serialize_mods(state, XKB_STATE_MODS_LOCKED),
            xkb_state_serialize_layout(state, XKB_STATE_LAYOUT_EFFECTIVE)
        )
    }
}
