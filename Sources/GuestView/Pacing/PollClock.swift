// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Decides when to query a source that doesn't report its changes: once a refresh, as late as a commit still makes that refresh. It is a
/// value; times are in nanoseconds of CLOCK_MONOTONIC.
///
/// The compositor doesn't say how late a commit may come: it takes its clients' commits some time before the refresh (Weston 7 ms, others
/// a varying time). That time is learnt from presentation feedback: a commit that missed its refresh makes later queries earlier, and a
/// long stretch without a miss makes them later.
struct PollClock {
    /// The refresh interval until the compositor reports its own.
    private static let usualInterval: UInt64 = 16_666_667
    /// After this time without a change only every second refresh is queried. The next change is seen at most one refresh late.
    private static let idleAfter: UInt64 = 2_000_000_000
    /// The shortest time that any commit needs before a refresh.
    private static let leastLead: UInt64 = 1_000_000
    /// The number of refreshes met in a row until a later query is tried. Each miss doubles it, from some seconds to some minutes.
    private static let patience = 256...32768

    private(set) var interval = Self.usualInterval
    /// The time from the query to the refresh that it is for.
    private(set) var lead = Self.usualInterval / 2
    /// The time of the last reported refresh; nil before the first report.
    private var refresh: UInt64?
    private var lastQuery: UInt64?
    private var lastChange: UInt64 = 0
    /// The refresh that the commit in flight was made for.
    private var aim: UInt64?
    private var met = 0
    private var wanted = Self.patience.lowerBound

    /// The time of the next query, which is not before `now`.
    func next(after now: UInt64) -> UInt64 {
        guard let lastQuery else { return now }
        let period = isIdle(at: now) ? 2 * interval : interval
        // The timer may have fired a little early or late.
        let earliest = lastQuery + period - interval / 4
        guard let refresh else { return max(now, lastQuery + period) }
        let due = Self.first(of: refresh &- lead, every: interval, notBefore: max(earliest, now - min(now, interval / 4)))
        return max(due, now)
    }

    private func isIdle(at now: UInt64) -> Bool { now > lastChange && now - lastChange > Self.idleAfter }

    /// The source was queried, and any change was committed.
    mutating func queried(at now: UInt64, isChanged: Bool) {
        lastQuery = now
        guard isChanged else { return }
        lastChange = now
        aim = refresh.map { Self.first(of: $0, every: interval, notBefore: now + min(lead / 2, interval / 2)) }
    }

    /// The compositor has reported on a commit.
    ///
    /// - Parameter refreshInterval: nanoseconds to the next refresh, or 0 where the compositor doesn't know.
    mutating func presented(at time: UInt64, refreshInterval: UInt32) {
        // From 1000 Hz down to one refresh in four seconds; other values aren't plausible.
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

    /// The first time that isn't before `time` and is a whole number of periods before or after `phase`.
    private static func first(of phase: UInt64, every period: UInt64, notBefore time: UInt64) -> UInt64 {
        let distance = Int64(bitPattern: time &- phase), period = Int64(period)
        let steps = distance > 0 ? (distance + period - 1) / period : distance / period
        return phase &+ UInt64(bitPattern: steps * period)
    }
}
