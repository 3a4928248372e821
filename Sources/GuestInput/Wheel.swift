// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// The guest's wheel, which knows whole steps only: what is less is kept until it makes one.
struct Wheel {
    private var x = Axis(), y = Axis()

    /// The steps that are whole now, each by its button: first those up or down, then those to a side.
    mutating func turn(x: Scroll, y: Scroll) -> [PointerButton] {
        Self.buttons(self.y.turn(y), back: .wheelUp, on: .wheelDown)
            + Self.buttons(self.x.turn(x), back: .wheelLeft, on: .wheelRight)
    }

    /// Forgets what is less than a step.
    mutating func stop() { self = Wheel() }

    private static func buttons(_ steps: Int64, back: PointerButton, on: PointerButton) -> [PointerButton] {
        Array(repeating: steps < 0 ? back : on, count: Int(steps.magnitude))
    }

    private struct Axis {
        private var rest: Int64 = 0

        mutating func turn(_ scroll: Scroll) -> Int64 {
            // Who turns back means to go back at once, and not first to undo a part of a step.
            if rest.signum() * scroll.distance.signum() < 0 { rest = 0 }
            let distance = rest + scroll.distance
            rest = scroll.hasStopped ? 0 : distance % Scroll.stepLength
            return distance / Scroll.stepLength
        }
    }
}
