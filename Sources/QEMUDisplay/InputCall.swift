// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// One call that tells QEMU of input; its numbers are checked already.
enum InputCall: Equatable {
    case key(ScanCode, isDown: Bool)
    case button(PointerButton, isDown: Bool)
    /// The pointer's place on the console.
    case place(x: UInt32, y: UInt32)
    case motion(x: Int32, y: Int32)
    case touch(TouchPhase, slot: Int, x: Double, y: Double)

    /// What stays down in the guest until it is released.
    enum Pressable: Hashable {
        case key(ScanCode)
        case button(PointerButton)
        case finger(slot: Int)

        /// The call that lets go of it.
        var release: InputCall {
            switch self {
            case .key(let code): .key(code, isDown: false)
            case .button(let button): .button(button, isDown: false)
            case .finger(let slot): .touch(.cancel, slot: slot, x: 0, y: 0)
            }
        }
    }

    enum Effect {
        case press(Pressable)
        case release(Pressable)
        case move
    }

    var effect: Effect {
        switch self {
        case .key(let code, let isDown): isDown ? .press(.key(code)) : .release(.key(code))
        case .button(let button, let isDown): isDown ? .press(.button(button)) : .release(.button(button))
        case .place, .motion: .move
        case .touch(.begin, let slot, _, _): .press(.finger(slot: slot))
        case .touch(.update, _, _, _): .move
        case .touch(_, let slot, _, _): .release(.finger(slot: slot))
        }
    }

    /// This and a later one of its kind as one call; nil where they can't be.
    func merged(with later: InputCall) -> InputCall? {
        switch (self, later) {
        case (.place, .place): later
        case (.motion(let x, let y), .motion(let moreX, let moreY)):
            .motion(x: x.addingSaturated(moreX), y: y.addingSaturated(moreY))
        case (.touch(.update, let slot, _, _), .touch(.update, let sameSlot, _, _)) where slot == sameSlot: later
        default: nil
        }
    }
}

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

extension Int32 {
    fileprivate func addingSaturated(_ other: Int32) -> Int32 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other > 0 ? .max : .min) : sum
    }
}
