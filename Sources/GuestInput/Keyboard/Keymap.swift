// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CXKBCommon
internal import Glibc
internal import Planes
internal import System

/// The host's keymap with the state of its modifiers, in xkbcommon. No other file of this room has pointers in it.
final class Keymap {
    private let context: OpaquePointer
    private let keymap: OpaquePointer
    private let state: OpaquePointer
    private let masks: [(modifier: Modifiers, mask: UInt32)]
    /// The locks that the keymap has a key for.
    private let knownLocks: LockKeys

    /// The largest keymap that is read, in bytes. One with several layouts has about 100 KiB.
    static let largest: UInt32 = 1 << 20

    /// Reads and compiles the file of `wl_keyboard.keymap`. The file is read rather than mapped: if it is shorter than announced,
    /// or shrinks, that is an error rather than a signal.
    convenience init(_ file: consuming OwnedDescriptor, size: UInt32) throws(KeymapFault) {
        guard size > 0, size <= Self.largest else { throw .size(size) }
        var text = [UInt8](repeating: 0, count: Int(size))
        let count = text.withUnsafeMutableBytes { pread(file.rawValue, $0.baseAddress, $0.count, 0) }
        guard count >= 0 else { throw .unreadable(errno: errno) }
        guard count == Int(size) else { throw .short(count, of: size) }
        try self.init(text.prefix { $0 != 0 })
    }

    /// - Parameter text: a keymap in xkb's text format, version 1.
    init(_ text: ArraySlice<UInt8>) throws(KeymapFault) {
        let context = xkb_context_new(
            xkb_context_flags(XKB_CONTEXT_NO_DEFAULT_INCLUDES.rawValue | XKB_CONTEXT_NO_ENVIRONMENT_NAMES.rawValue))!
        // xkbcommon would write what is wrong with a keymap to standard error.
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

    /// Sets the modifiers and the layout, from `wl_keyboard.modifiers`.
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

    /// The key's number in xkb, which is 8 higher (wl_keyboard's keymap_format); nil for a code that no keymap can have.
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

    /// Tries each lock key, since a keymap can have a light without a key that switches it: Scroll Lock mostly has no key, and
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
    /// Whether chords can name it: a Latin letter, digit or sign, or a key that writes nothing.
    fileprivate var isWriting: Bool { (0x20...0xFF).contains(rawValue) || (0xFE00...0xFFFF).contains(rawValue) }
}

/// Why the compositor's keymap can't be used.
enum KeymapFault: Error, Equatable, CustomStringConvertible {
    /// Empty, or larger than ``Keymap/largest``.
    case size(UInt32)
    /// A positive errno.
    case unreadable(errno: CInt)
    /// The file has fewer bytes than announced.
    case short(Int, of: UInt32)
    case notAKeymap
    /// A format other than xkb's text, by its number in wl_keyboard.
    case format(UInt32)

    var description: String {
        switch self {
        case .size(let size): "it has \(size) bytes"
        case .unreadable(let code): "it can't be read (\(String(cString: strerror(code))))"
        case .short(let count, let size): "\(count) of its \(size) bytes are there"
        case .notAKeymap: "xkbcommon doesn't understand it"
        case .format(let number): "its format is \(number)"
        }
    }
}

/// The arguments of `wl_keyboard.modifiers`.
struct ModifierMasks: Equatable {
    var depressed: UInt32 = 0
    var latched: UInt32 = 0
    var locked: UInt32 = 0
    var group: UInt32 = 0
}

/// The state of the host's lock keys.
struct HostLocks: Equatable {
    let on: LockKeys
    /// The locks that the host has a key for; the others have no meaningful state.
    let known: LockKeys
}
