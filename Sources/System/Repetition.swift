// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Lets an event through so many times a second and counts the rest, so that a guest can't fill a disk with its mistakes.
///
/// ```swift
/// guard let held = limit.pass(at: EventLoop.now()) else { return }
/// log.warning("\(fault)\(held > 0 ? " (and \(held) faults before it)" : "")")
/// ```
package struct RateLimit {
    private let interval: UInt64
    private var next: UInt64 = 0
    private var suppressed = 0

    /// - Parameter perSecond: At least 1.
    package init(perSecond: UInt64) { interval = 1_000_000_000 / perSecond }

    /// The number of events held back since the last one that passed, or nil when this one is to be held back too.
    /// - Parameter now: CLOCK_MONOTONIC in nanoseconds.
    package mutating func pass(at now: UInt64) -> Int? {
        guard now >= next else {
            suppressed += 1
            return nil
        }
        next = now + interval
        defer { suppressed = 0 }
        return suppressed
    }
}

/// The pauses between attempts to reach something that isn't there: a quarter of a second at first, then twice as long each
/// time, up to five seconds.
///
/// ```swift
/// timer.arm(after: pause.next())
/// ```
package struct RetryPause {
    /// Nanoseconds.
    package static let shortest: UInt64 = 250_000_000
    /// Nanoseconds.
    package static let longest: UInt64 = 5_000_000_000

    private var following = Self.shortest

    package init() {}

    /// A pause that is up to a quarter shorter, so that a thousand viewers that have lost one server don't all come back at once.
    package static func jittered(_ pause: UInt64) -> UInt64 { pause - .random(in: 0...pause / 4) }

    /// The pause before the next attempt, in nanoseconds.
    package mutating func next() -> UInt64 {
        defer { following = min(following * 2, Self.longest) }
        return following
    }
}
