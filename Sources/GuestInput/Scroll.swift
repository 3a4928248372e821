// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Wayland

/// How far something has scrolled on one axis; down and right are positive.
package struct Scroll: Equatable, Sendable {
    /// In parts of a wheel's step, ``stepLength`` of them: a 120th of a step and a 256th of a pixel are both whole numbers then.
    package private(set) var distance: Int64 = 0
    /// The finger has left the touchpad.
    package var hasStopped = false

    /// Parts in a step.
    static let stepLength: Int64 = 120 * 32
    /// A touchpad knows no steps. A wheel's is 15 degrees mostly (libinput, «Wheel scrolling»), and compositors that pass
    /// libinput's degrees on as pixels, as wlroots does, make that 15 pixels.
    private static let pixelsPerStep: Int64 = 15
    /// What one frame can bring: far more than a hand can turn, and a bound to what a mad compositor does to the guest.
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

/// What the events of one frame say of one axis. A wheel's step is told up to three times over, each time in other words; only
/// the best of them counts.
struct ScrollFrame {
    private var step120ths: Scroll?
    private var steps: Scroll?
    private var pixels: Scroll?
    private var hasStopped = false

    /// `wl_pointer.axis_value120` (from version 8)
    mutating func add(step120ths count: Int32) { step120ths = step120ths.adding { $0.add(step120ths: count) } }

    /// `wl_pointer.axis_discrete` (versions 5 to 7)
    mutating func add(steps count: Int32) { steps = steps.adding { $0.add(steps: count) } }

    /// `wl_pointer.axis`: all that a touchpad sends.
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
