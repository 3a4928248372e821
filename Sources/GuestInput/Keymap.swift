// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CXKBCommon
internal import Glibc
internal import Planes
internal import System

/// The host's keymap and which of its modifiers are on, by xkbcommon. The one file here that has pointers in it.
final class Keymap {
    private let context: OpaquePointer
    private let keymap: OpaquePointer
    private let state: OpaquePointer
    private let masks: [(modifier: Modifiers, mask: UInt32)]
    /// The lights that the keymap has a key for.
    private let knownLocks: LockKeys

    /// Several layouts together are about 100 KiB.
    static let largest: UInt32 = 1 << 20

    /// Reads and compiles what `wl_keyboard.keymap` brought. The file is read rather than mapped: where it is shorter than it
    /// is said to be, or becomes so, that is an error and not a signal.
    convenience init(_ file: consuming OwnedDescriptor, size: UInt32) throws(KeymapFault) {
        guard size > 0, size <= Self.largest else { throw .size(size) }
        var text = [UInt8](repeating: 0, count: Int(size))
        let count = text.withUnsafeMutableBytes { pread(file.rawValue, $0.baseAddress, $0.count, 0) }
        guard count >= 0 else { throw .unreadable(errno: errno) }
        guard count == Int(size) else { throw .short(count, of: size) }
        try self.init(text.prefix { $0 != 0 })
    }

    /// - Parameter text: in xkb's text format, version 1.
    init(_ text: ArraySlice<UInt8>) throws(KeymapFault) {
        let context = xkb_context_new(
            xkb_context_flags(XKB_CONTEXT_NO_DEFAULT_INCLUDES.rawValue | XKB_CONTEXT_NO_ENVIRONMENT_NAMES.rawValue))!
        // What is wrong with a keymap would go to standard error, line by line.
        xkb_context_set_log_level(context, XKB_LOG_LEVEL_CRITICAL)
        let keymap = text.withUnsafeBytes {
            xkb_keymap_new_from_buffer(
                context, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count, XKB_KEYMAP_FORMAT_TEXT_V1,
                XKB_KEYMAP_COMPILE_NO_FLAGS)
        }
        guard let keymap else {
            xkb_context_unref(context)
            throw .notAKeymap
        }
        self.context = context
        self.keymap = keymap
        state = xkb_state_new(keymap)!
        masks = [
            (.control, XKB_MOD_NAME_CTRL), (.alt, XKB_MOD_NAME_ALT), (.shift, XKB_MOD_NAME_SHIFT), (.super, XKB_MOD_NAME_LOGO),
        ].map { ($0, Self.mask(of: $1, keymap)) }
        knownLocks = Self.locks(of: keymap)
    }

    deinit {
        xkb_state_unref(state)
        xkb_keymap_unref(keymap)
        xkb_context_unref(context)
    }

    /// As `wl_keyboard.modifiers` has them.
    func set(_ now: ModifierMasks) {
        xkb_state_update_mask(state, now.depressed, now.latched, now.locked, 0, 0, now.group)
    }

    var modifiers: Modifiers {
        let now = xkb_state_serialize_mods(state, XKB_STATE_MODS_EFFECTIVE)
        return masks.reduce(into: []) { if now & $1.mask != 0 { $0.insert($1.modifier) } }
    }

    var locks: HostLocks { HostLocks(on: Self.lights(of: state), known: knownLocks) }

    /// Whether the keymap lets the key repeat: modifiers and locks mostly don't.
    func repeats(_ key: KeyCode) -> Bool { Self.code(key).map { xkb_keymap_key_repeats(keymap, $0) != 0 } ?? false }

    func meaning(of key: KeyCode) -> KeyMeaning {
        guard let code = Self.code(key) else { return KeyMeaning(modifiers: modifiers) }
        let layout = xkb_state_key_get_layout(state, code)
        guard layout != XKB_LAYOUT_INVALID else { return KeyMeaning(modifiers: modifiers) }
        let plain = symbol(code, layout, level: 0), shifted = symbol(code, layout, level: 1)
        guard plain?.isWriting == true || shifted?.isWriting == true else { return KeyMeaning(modifiers: modifiers) }
        return KeyMeaning(modifiers: modifiers, symbols: KeyMeaning.Symbols(plain: plain, shifted: shifted))
    }

    private func symbol(_ code: xkb_keycode_t, _ layout: xkb_layout_index_t, level: xkb_level_index_t) -> KeySymbol? {
        var symbols: UnsafePointer<xkb_keysym_t>?
        let count = xkb_keymap_key_get_syms_by_level(keymap, code, layout, level, &symbols)
        return count == 1 ? symbols.map { KeySymbol(rawValue: $0.pointee) } : nil
    }

    /// xkb's number, which is 8 more (wl_keyboard's keymap_format); nil where no keymap has any.
    private static func code(_ key: KeyCode) -> xkb_keycode_t? {
        key.rawValue < UInt32.max - 8 ? key.rawValue + 8 : nil
    }

    private static func mask(of name: String, _ keymap: OpaquePointer) -> UInt32 {
        let index = xkb_keymap_mod_get_index(keymap, name)
        return index == XKB_MOD_INVALID ? 0 : 1 << index
    }

    private static func lights(of state: OpaquePointer) -> LockKeys {
        [
            (LockKeys.caps, XKB_LED_NAME_CAPS), (.num, XKB_LED_NAME_NUM), (.scroll, XKB_LED_NAME_SCROLL),
        ].reduce(into: []) { if xkb_state_led_name_is_active(state, $1.1) > 0 { $0.insert($1.0) } }
    }

    /// Found out by trying, since a keymap can have a light without a key that switches it: Scroll Lock mostly has none, and
    /// Caps Lock has none where it is another Ctrl.
    private static func locks(of keymap: OpaquePointer) -> LockKeys {
        [KeyCode.capsLock, .numLock, .scrollLock].reduce(into: []) { known, key in
            let state = xkb_state_new(keymap)!
            defer { xkb_state_unref(state) }
            xkb_state_update_key(state, code(key)!, XKB_KEY_DOWN)
            xkb_state_update_key(state, code(key)!, XKB_KEY_UP)
            if lights(of: state).contains(key.lock!) { known.insert(key.lock!) }
        }
    }
}

extension KeySymbol {
    /// Latin letters, digits and signs, and the keys that write nothing: what chords are named by.
    fileprivate var isWriting: Bool { (0x20...0xFF).contains(rawValue) || (0xFE00...0xFFFF).contains(rawValue) }
}
