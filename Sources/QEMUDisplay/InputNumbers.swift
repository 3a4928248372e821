// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

extension PointerButton {
    /// QEMU's InputButton (qapi/ui.json), in its order. Any other number makes QEMU 7.2 abort.
    var number: UInt32 {
        switch self {
        case .left: 0
        case .middle: 1
        case .right: 2
        case .wheelUp: 3
        case .wheelDown: 4
        case .side: 5
        case .extra: 6
        case .wheelLeft: 7
        case .wheelRight: 8
        }
    }
}

extension TouchPhase {
    /// QEMU's InputMultiTouchType (qapi/ui.json).
    var number: UInt32 {
        switch self {
        case .begin: 0
        case .update: 1
        case .end: 2
        case .cancel: 3
        }
    }
}
