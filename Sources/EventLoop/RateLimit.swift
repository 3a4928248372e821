// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Lets through so many in a second and counts the rest: a guest must not be able to fill a disk with its mistakes.
///
/// ```swift
/// guard let held = limit.pass(at: EventLoop.now()) else { return }
/// log.warning("\(fault)\(held > 0 ? " (and \(held) faults before it)" : "")")
/// ```
package struct RateLimit {
    private let interval: UInt64
    private var next: UInt64 = 0
    private var suppressed = 0

    package init(perSecond: UInt64) { interval = 1_000_000_000 / perSecond }

    /// How many were held back since the last one let through, or nil where this one is to be held back too.
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
