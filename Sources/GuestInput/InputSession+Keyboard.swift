// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

extension InputSession {
    package func keyboard(_ event: KeyboardEvent, of seat: Seat) {
        switch event {
        case .key(let key, let isDown): sink?.press(key, isDown: isDown)
        case .entered, .left, .modifiers: break
        }
    }
}
