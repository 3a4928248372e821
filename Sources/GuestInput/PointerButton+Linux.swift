// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

extension PointerButton {
    /// - Parameter linux: `BTN_*` of linux/input-event-codes.h, as `wl_pointer.button` brings it. Mice with two thumb buttons send
    ///   either SIDE and EXTRA or BACK and FORWARD; guests know one pair.
    /// - Returns: nil for a button that guests have none for.
    init?(linux: UInt32) {
        switch linux {
        case 0x110: self = .left  // BTN_LEFT
        case 0x111: self = .right  // BTN_RIGHT
        case 0x112: self = .middle  // BTN_MIDDLE
        case 0x113, 0x116: self = .side  // BTN_SIDE, BTN_BACK
        case 0x114, 0x115: self = .extra  // BTN_EXTRA, BTN_FORWARD
        default: return nil
        }
    }
}
