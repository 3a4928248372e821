// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Decides when a source is queried that doesn't report its changes: once a refresh, as late as a commit still makes that refresh. It is
/// a value; times are in nanoseconds of CLOCK_MONOTONIC.
struct PollClock {
    /// After this time without a change only every second refresh is queried. The next change is seen at most one refresh late.
    private static let idleAfter: UInt64 = 2_000_000_000

    /// Whether every second refresh is enough, whatever changes.
    private let isSparing: Bool
    private var lastQuery: UInt64?
    private var lastChange: UInt64 = 0

    init(isSparing: Bool = false) { self.isSparing = isSparing }

    /// The time of the next query, which is not before `now`.
    func next(after now: UInt64, by clock: RefreshClock) -> UInt64 {
        guard let lastQuery else { return now }
        let interval = clock.interval, period = isSparing || isIdle(at: now) ? 2 * interval : interval
        // The timer may have fired a little early or late.
        let earliest = lastQuery + period - interval / 4
        guard let due = clock.latch(notBefore: max(earliest, now - min(now, interval / 4))) else {
            return max(now, lastQuery + period)
        }
        return max(due, now)
    }

    private func isIdle(at now: UInt64) -> Bool { now > lastChange + Self.idleAfter }

    /// The source has been queried; with a change a commit follows at once.
    mutating func queried(at now: UInt64, isChanged: Bool) {
        lastQuery = now
        if isChanged { lastChange = now }
    }
}
