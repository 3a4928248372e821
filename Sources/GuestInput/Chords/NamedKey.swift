// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CXKBCommon
package import Planes

/// A symbol that a keymap has on a key: a keysym (`XKB_KEY_*` in xkbcommon-keysyms.h).
struct KeySymbol: RawRepresentable, Hashable {
    let rawValue: UInt32
}

/// A key with the name that people write: `g`, `f1`, `delete`, `leftctrl`.
package struct NamedKey: Hashable, Sendable {
    package let name: String
    /// The place of the key, as on a US keyboard.
    package let code: KeyCode
    /// The symbol that a US keyboard has on the key.
    let symbol: KeySymbol

    /// The key with this name or a synonym of it, in upper or lower case.
    package init?(_ name: String) {
        let name = name.lowercased()
        guard let key = Self.byName[Self.otherNames[name] ?? name] else { return nil }
        self = key
    }

    private init(_ name: String, _ code: UInt32, _ symbol: Int32) {
        self.name = name
        self.code = KeyCode(rawValue: code)
        self.symbol = KeySymbol(rawValue: UInt32(symbol))
    }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// All keys with a name.
    package static let all: [NamedKey] =
        row("1234567890", from: 2) + row("qwertyuiop", from: 16) + row("asdfghjkl", from: 30) + row("zxcvbnm", from: 44)
        + functionKeys + rest.map { NamedKey($0.0, $0.1, $0.2) }

    private static func row(_ letters: String, from code: UInt32) -> [NamedKey] {
        zip(letters, code...).map { NamedKey(String($0), $1, Int32($0.asciiValue!)) }
    }

    /// KEY_F1 to KEY_F10, KEY_F11 and KEY_F12, KEY_F13 to KEY_F24.
    private static let functionKeys = zip(1..., [59...68, 87...88, 183...194].joined()).map { number, code in
        NamedKey("f\(number)", UInt32(code), XKB_KEY_F1 + Int32(number) - 1)
    }

    private static let otherNames = [
        "esc": "escape", "return": "enter", "del": "delete", "ins": "insert", "pgup": "pageup", "pgdn": "pagedown",
        "bksp": "backspace", "ctrl": "leftctrl", "control": "leftctrl", "shift": "leftshift", "alt": "leftalt",
        "super": "leftsuper", "win": "leftsuper", "meta": "leftsuper", "altgr": "rightalt", "sysrq": "print",
    ]

    private static let rest: [(String, UInt32, Int32)] = [
        ("escape", 1, XKB_KEY_Escape), ("minus", 12, XKB_KEY_minus), ("equal", 13, XKB_KEY_equal),
        ("backspace", 14, XKB_KEY_BackSpace), ("tab", 15, XKB_KEY_Tab), ("leftbracket", 26, XKB_KEY_bracketleft),
        ("rightbracket", 27, XKB_KEY_bracketright), ("enter", 28, XKB_KEY_Return), ("leftctrl", 29, XKB_KEY_Control_L),
        ("semicolon", 39, XKB_KEY_semicolon), ("apostrophe", 40, XKB_KEY_apostrophe), ("grave", 41, XKB_KEY_grave),
        ("leftshift", 42, XKB_KEY_Shift_L), ("backslash", 43, XKB_KEY_backslash), ("comma", 51, XKB_KEY_comma),
        ("period", 52, XKB_KEY_period), ("slash", 53, XKB_KEY_slash), ("rightshift", 54, XKB_KEY_Shift_R),
        ("kpmultiply", 55, XKB_KEY_KP_Multiply), ("leftalt", 56, XKB_KEY_Alt_L), ("space", 57, XKB_KEY_space),
        ("capslock", 58, XKB_KEY_Caps_Lock), ("numlock", 69, XKB_KEY_Num_Lock), ("scrolllock", 70, XKB_KEY_Scroll_Lock),
        ("kp7", 71, XKB_KEY_KP_7), ("kp8", 72, XKB_KEY_KP_8), ("kp9", 73, XKB_KEY_KP_9),
        ("kpminus", 74, XKB_KEY_KP_Subtract), ("kp4", 75, XKB_KEY_KP_4), ("kp5", 76, XKB_KEY_KP_5),
        ("kp6", 77, XKB_KEY_KP_6), ("kpplus", 78, XKB_KEY_KP_Add), ("kp1", 79, XKB_KEY_KP_1), ("kp2", 80, XKB_KEY_KP_2),
        ("kp3", 81, XKB_KEY_KP_3), ("kp0", 82, XKB_KEY_KP_0), ("kpdecimal", 83, XKB_KEY_KP_Decimal),
        ("less", 86, XKB_KEY_less), ("kpenter", 96, XKB_KEY_KP_Enter), ("rightctrl", 97, XKB_KEY_Control_R),
        ("kpdivide", 98, XKB_KEY_KP_Divide), ("print", 99, XKB_KEY_Print), ("rightalt", 100, XKB_KEY_Alt_R),
        ("home", 102, XKB_KEY_Home), ("up", 103, XKB_KEY_Up), ("pageup", 104, XKB_KEY_Page_Up), ("left", 105, XKB_KEY_Left),
        ("right", 106, XKB_KEY_Right), ("end", 107, XKB_KEY_End), ("down", 108, XKB_KEY_Down),
        ("pagedown", 109, XKB_KEY_Page_Down), ("insert", 110, XKB_KEY_Insert), ("delete", 111, XKB_KEY_Delete),
        ("pause", 119, XKB_KEY_Pause), ("leftsuper", 125, XKB_KEY_Super_L), ("rightsuper", 126, XKB_KEY_Super_R),
        ("menu", 127, XKB_KEY_Menu),
    ]
}

// Modifiers and locks, by their places on a US keyboard (`KEY_*` in linux/input-event-codes.h).
extension KeyCode {
    static let capsLock = KeyCode(rawValue: 58)
    static let numLock = KeyCode(rawValue: 69)
    static let scrollLock = KeyCode(rawValue: 70)

    /// The modifier that the key is on a US keyboard. The host's keymap may differ.
    var modifier: Modifiers? {
        switch rawValue {
        case 29, 97: .control
        case 42, 54: .shift
        case 56, 100: .alt
        case 125, 126: .super
        default: nil
        }
    }

    /// The lock that the key switches.
    var lock: LockKeys? {
        switch self {
        case .capsLock: .caps
        case .numLock: .num
        case .scrollLock: .scroll
        default: nil
        }
    }
}

extension LockKeys {
    /// The keys that switch these locks.
    var keys: [KeyCode] {
        [KeyCode.capsLock, .numLock, .scrollLock].filter { contains($0.lock!) }
    }
}
