// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
internal import Wayland

/// The guest's wheel, which turns in whole steps. The remainder is kept until it makes a step.
struct Wheel {
    private var x = Axis(), y = Axis()

    /// The steps that are complete now, each as its button: first the vertical ones, then the horizontal ones.
    mutating func turn(x: Scroll, y: Scroll) -> [PointerButton] {
        Self.buttons(self.y.turn(y), back: .wheelUp, on: .wheelDown)
            + Self.buttons(self.x.turn(x), back: .wheelLeft, on: .wheelRight)
    }

    /// Forgets the remainder.
    mutating func stop() { self = Wheel() }

    private static func buttons(_ steps: Int64, back: PointerButton, on: PointerButton) -> [PointerButton] {
        Array(repeating: steps < 0 ? back : on, count: Int(steps.magnitude))
    }

    private struct Axis {
        private var rest: Int64 = 0

        mutating func turn(_ scroll: Scroll) -> Int64 {
            // A user who turns back wants to go back at once, without first undoing part of a step.
            if rest.signum() * scroll.distance.signum() < 0 { rest = 0 }
            let distance = rest + scroll.distance
            rest = scroll.hasStopped ? 0 : distance % Scroll.stepLength
            return distance / Scroll.stepLength
        }
    }
}

/// How far a user scrolled on one axis. Down and right are positive.
package struct Scroll: Equatable, Sendable {
    /// The distance in parts of a wheel's step, of which ``stepLength`` make a step: both a 120th of a step and a 256th of a pixel
    /// are whole numbers.
    package private(set) var distance: Int64 = 0
    /// Whether the finger left the touchpad.
    package var hasStopped = false

    /// The parts of a step.
    static let stepLength: Int64 = 120 * 32
    /// A touchpad has no steps. A wheel's step is mostly 15 degrees (libinput, «Wheel scrolling»), and compositors that pass on
    /// libinput's degrees as pixels, such as wlroots, make that 15 pixels.
    private static let pixelsPerStep: Int64 = 15
    /// The most steps of a frame: far more than a hand can turn, and a bound on what a faulty compositor can do to the guest.
    static let mostSteps: Int64 = 64

    init() {}

    mutating func add(steps: Int32) { add(Int64(steps) * Self.stepLength) }

    mutating func add(step120ths count: Int32) { add(Int64(count) * (Self.stepLength / 120)) }

    mutating func add(pixels: Fixed) { add(Int64(pixels.rawValue) * (Self.stepLength / (256 * Self.pixelsPerStep))) }

    private mutating func add(_ more: Int64) {
        let most = Self.mostSteps * Self.stepLength
        distance = min(max(distance + more, -most), most)
    }
}

/// The events of one frame on one axis. A wheel's step is described up to three times in different units; only the finest
/// description counts.
struct ScrollFrame: Equatable {
    private var step120ths: Scroll?
    private var steps: Scroll?
    private var pixels: Scroll?
    private var hasStopped = false

    /// `wl_pointer.axis_value120` (from version 8)
    mutating func add(step120ths count: Int32) { step120ths = step120ths.adding { $0.add(step120ths: count) } }

    /// `wl_pointer.axis_discrete` (versions 5 to 7)
    mutating func add(steps count: Int32) { steps = steps.adding { $0.add(steps: count) } }

    /// `wl_pointer.axis`, the only one that a touchpad sends
    mutating func add(pixels distance: Fixed) { pixels = pixels.adding { $0.add(pixels: distance) } }

    /// `wl_pointer.axis_stop`
    mutating func stop() { hasStopped = true }

    var scroll: Scroll {
        var scroll = step120ths ?? steps ?? pixels ?? Scroll()
        scroll.hasStopped = hasStopped
        return scroll
    }
}

extension Scroll? {
    fileprivate func adding(_ change: (inout Scroll) -> Void) -> Scroll {
        var scroll = self ?? Scroll()
        change(&scroll)
        return scroll
    }
}
