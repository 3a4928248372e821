// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// When the screen's refreshes come, and how late before one a commit may be sent: a value; times are in nanoseconds of CLOCK_MONOTONIC.
///
/// The compositor doesn't say how late a commit may come: it takes its clients' commits some time before the refresh (Weston 7 ms, others
/// a varying time). That time is learnt from presentation feedback: a commit that missed its refresh makes later ones earlier, and a
/// long stretch without a miss makes them later.
struct RefreshClock {
    /// The refresh interval until the compositor reports its own.
    private static let usualInterval: UInt64 = 16_666_667
    /// The shortest time that any commit needs before a refresh.
    private static let leastLead: UInt64 = 1_000_000
    /// The number of refreshes met in a row until a later commit is tried. Each miss doubles it, from some seconds to some minutes.
    private static let patience = 256...32768

    private(set) var interval = Self.usualInterval
    /// The time from a commit to the refresh that it is for.
    private(set) var lead = Self.usualInterval / 2
    /// The time of the last reported refresh; nil before the first report.
    private(set) var refresh: UInt64?
    /// Whether the compositor has said how long a refresh takes. One that doesn't may show a picture at any time.
    private(set) var isRegular = false
    /// When the last commit that teaches something was sent, and the refresh that it was made for; nil once its report has come.
    private var aim: (sentAt: UInt64, refresh: UInt64)?
    private var met = 0
    private var wanted = Self.patience.lowerBound

    /// The first moment that isn't before `time` and is as late before a refresh as a commit may be; nil before any refresh is known.
    func latch(notBefore time: UInt64) -> UInt64? {
        refresh.map { Self.first(of: $0 &- lead, every: interval, notBefore: time) }
    }

    /// The first refresh that isn't before `time`; nil before any is known.
    func refresh(notBefore time: UInt64) -> UInt64? {
        refresh.map { Self.first(of: $0, every: interval, notBefore: time) }
    }

    /// A commit is sent.
    ///
    /// - Parameter isTimed: whether it was kept back until ``latch(notBefore:)`` and its report will come: only whether such a commit
    ///   meets its refresh teaches how late the next ones may be.
    mutating func committed(at now: UInt64, isTimed: Bool) {
        aim = isTimed ? refresh(notBefore: now + min(lead / 2, interval / 2)).map { (now, $0) } : nil
    }

    /// The compositor has reported on a commit.
    ///
    /// - Parameters:
    ///   - refreshInterval: nanoseconds to the next refresh, or 0 where the compositor doesn't know.
    ///   - committedAt: when the commit was sent.
    mutating func presented(at time: UInt64, refreshInterval: UInt32, committedAt: UInt64) {
        isRegular = refreshInterval > 0
        // From 1000 Hz down to one refresh in four seconds; other values aren't plausible.
        if (1_000_000...4_000_000_000).contains(refreshInterval) { interval = UInt64(refreshInterval) }
        // The report of an earlier commit says nothing of the one that is in flight.
        if let aim, committedAt >= aim.sentAt {
            learn(isMet: time < aim.refresh + interval / 2)
            self.aim = nil
        }
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
