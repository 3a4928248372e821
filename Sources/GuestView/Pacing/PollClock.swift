// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// When to query a source that doesn't tell of its changes: once a refresh, as late as still makes that refresh. A value; times
/// are CLOCK_MONOTONIC's, in nanoseconds.
///
/// How late is late enough is the compositor's secret: it takes its clients' commits some time before the refresh (Weston 7 ms,
/// others as they judge best). So it is learnt from presentation feedback: a commit that missed the refresh it was made for moves
/// the query forward, long stretches without a miss move it back.
struct PollClock {
    /// Used until the compositor tells its own, and where it never does.
    private static let usualInterval: UInt64 = 16_666_667
    /// After this long without a change, every second refresh is enough: the next change is seen one refresh late at most.
    private static let idleAfter: UInt64 = 2_000_000_000
    /// The least time before a refresh that any commit needs.
    private static let leastLead: UInt64 = 1_000_000
    /// Refreshes met in a row until a later query is tried: doubled with each miss, from some seconds to some minutes.
    private static let patience = 256...32768

    private(set) var interval = Self.usualInterval
    /// Nanoseconds from the query to the refresh that it is for.
    private(set) var lead = Self.usualInterval / 2
    /// The last known refresh; nil where none was told.
    private var refresh: UInt64?
    private var lastQuery: UInt64?
    private var lastChange: UInt64 = 0
    /// The refresh that the commit in flight was made for.
    private var aim: UInt64?
    private var met = 0
    private var wanted = Self.patience.lowerBound

    /// When the next query is due, which is not before `now`.
    func next(after now: UInt64) -> UInt64 {
        guard let lastQuery else { return now }
        let period = isIdle(at: now) ? 2 * interval : interval
        // A query doesn't fall exactly where it was meant to.
        let earliest = lastQuery + period - interval / 4
        guard let refresh else { return max(now, lastQuery + period) }
        let due = Self.first(of: refresh &- lead, every: interval, notBefore: max(earliest, now - min(now, interval / 4)))
        return max(due, now)
    }

    private func isIdle(at now: UInt64) -> Bool { now > lastChange && now - lastChange > Self.idleAfter }

    /// The window has queried, and has committed what was new.
    mutating func queried(at now: UInt64, isChanged: Bool) {
        lastQuery = now
        guard isChanged else { return }
        lastChange = now
        aim = refresh.map { Self.first(of: $0, every: interval, notBefore: now + min(lead / 2, interval / 2)) }
    }

    /// The compositor reports on a commit.
    ///
    /// - Parameter refreshInterval: nanoseconds to the next refresh, or 0 where the compositor doesn't know.
    mutating func presented(at time: UInt64, refreshInterval: UInt32) {
        // From 1000 Hz down to one in four seconds: what else is told isn't a screen.
        if (1_000_000...4_000_000_000).contains(refreshInterval) { interval = UInt64(refreshInterval) }
        if let aim { learn(isMet: time < aim + interval / 2) }
        aim = nil
        refresh = time
        lead = min(max(lead, Self.leastLead), interval)
    }

    private mutating func learn(isMet: Bool) {
        if isMet {
            met += 1
            guard met >= wanted else { return }
            lead -= min(lead, interval / 32)
        } else {
            lead += interval / 8
            wanted = min(wanted * 2, Self.patience.upperBound)
        }
        met = 0
    }

    /// The first of the moments `phase`, `phase` + `period`, … in either direction that isn't before `time`.
    private static func first(of phase: UInt64, every period: UInt64, notBefore time: UInt64) -> UInt64 {
        let distance = Int64(bitPattern: time &- phase), period = Int64(period)
        let steps = distance > 0 ? (distance + period - 1) / period : distance / period
        return phase &+ UInt64(bitPattern: steps * period)
    }
}
