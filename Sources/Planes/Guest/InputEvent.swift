// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// One thing that a device of the guest's does, on its way to the VMM; its numbers are checked already.
package enum InputEvent: Equatable {
    case key(ScanCode, isDown: Bool)
    case button(PointerButton, isDown: Bool)
    /// The pointer's place, in the units of whoever it is for: a console's pixels, or parts of the whole screen.
    case place(x: UInt32, y: UInt32)
    case motion(x: Int32, y: Int32)
    case touch(TouchPhase, slot: Int, x: Double, y: Double)

    /// What stays down in the guest until it is released.
    package enum Pressable: Hashable {
        case key(ScanCode)
        case button(PointerButton)
        case finger(slot: Int)

        /// What lets go of it.
        package var release: InputEvent {
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

    /// This and a later one of its kind as one; nil where they can't be.
    func merged(with later: InputEvent) -> InputEvent? {
        switch (self, later) {
        case (.place, .place): later
        case (.motion(let x, let y), .motion(let moreX, let moreY)):
            .motion(x: x.addingSaturated(moreX), y: y.addingSaturated(moreY))
        case (.touch(.update, let slot, _, _), .touch(.update, let sameSlot, _, _)) where slot == sameSlot: later
        default: nil
        }
    }
}

extension Int32 {
    fileprivate func addingSaturated(_ other: Int32) -> Int32 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other > 0 ? .max : .min) : sum
    }
}
