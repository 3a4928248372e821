// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes

/// The keys that mean something here: modifiers and locks, by where they are (`KEY_*` in linux/input-event-codes.h).
extension KeyCode {
    static let capsLock = KeyCode(rawValue: 58)
    static let numLock = KeyCode(rawValue: 69)
    static let scrollLock = KeyCode(rawValue: 70)

    /// Which modifier the key is on a US keyboard; what the host's keymap makes of it may differ.
    package var modifier: Modifiers? {
        switch rawValue {
        case 29, 97: .control
        case 42, 54: .shift
        case 56, 100: .alt
        case 125, 126: .super
        default: nil
        }
    }

    /// The light that the key switches.
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
    /// The keys that switch these lights.
    var keys: [KeyCode] {
        [KeyCode.capsLock, .numLock, .scrollLock].filter { contains($0.lock!) }
    }
}
