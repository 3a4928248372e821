// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc

/// Why a keymap of the compositor's can't be used.
enum KeymapFault: Error, Equatable, CustomStringConvertible {
    /// Empty, or larger than ``Keymap/largest``.
    case size(UInt32)
    /// A positive errno.
    case unreadable(errno: CInt)
    case short(Int, of: UInt32)
    case notAKeymap
    /// A format that isn't xkb's text, by its number in wl_keyboard.
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
