// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Decides when a change is committed that a source tells of: a value; times are in nanoseconds of CLOCK_MONOTONIC.
///
/// A guest often draws one picture in several steps, each of which it tells (QEMU's text console: 24 rectangles within a millisecond). A
/// commit at the first of them shows a picture that is half drawn, and the rest waits for a whole refresh. A guest that draws faster than
/// the screen refreshes has newer pictures soon after a commit at once. For such guests waiting costs nothing, as long as the commit makes
/// the refresh that it would have made anyway. Any other guest gains nothing by it, and its changes are committed at once.
struct LateLatch {
    /// How long the phase of the refreshes is trusted after a report: the reported interval isn't exact.
    private static let trust: UInt64 = 1_000_000_000
    /// Where no refresh is known, or the time for the next one has come already: a picture that hasn't changed for this long is taken to be
    /// complete.
    private static let settling: UInt64 = 1_000_000
    /// And one that goes on changing is kept back for this long.
    private static let longestSettling: UInt64 = 4_000_000
    /// For how long a guest is taken to go on making its changes close together.
    private static let memory: UInt64 = 2_000_000_000

    /// Whether every second refresh is enough.
    private let isSparing: Bool
    private var lastChange: UInt64?
    /// Until when it is taken to make its changes close together.
    private var closeUntil: UInt64 = 0
    /// Until when a change may wait that waits now.
    private var latest: UInt64?
    /// Whether the change that waits is committed as late as it makes its refresh: only such a commit teaches anything.
    private(set) var isTimed = false

    init(isSparing: Bool = false) { self.isSparing = isSparing }

    /// The guest has changed.
    mutating func changed(at now: UInt64, by clock: RefreshClock) {
        if let lastChange, now < lastChange + clock.interval / 2 { closeUntil = now + Self.memory }
        lastChange = now
    }

    /// When what has changed is to be committed, which isn't before `now`; nil if something waits for its time already.
    mutating func due(at now: UInt64, by clock: RefreshClock) -> UInt64? {
        guard latest == nil else { return nil }
        let isClose = now < closeUntil
        guard isClose || isSparing else { return now }
        guard clock.isRegular, let last = clock.refresh, now < last + Self.trust else { return settle(isClose, from: now) }
        let refresh = clock.refresh(notBefore: isSparing ? max(now, last + clock.interval * 3 / 2) : now)!
        let latch = refresh - min(refresh, clock.lead)
        guard latch > now else { return settle(isClose, from: now) }
        isTimed = true
        latest = latch
        return latch
    }

    private mutating func settle(_ isClose: Bool, from now: UInt64) -> UInt64 {
        guard isClose else { return now }
        latest = now + Self.longestSettling
        return now + Self.settling
    }

    /// The time has come.
    ///
    /// - Returns: until when to wait all the same; nil if nothing waits any more, whatever there is to commit.
    mutating func came(at now: UInt64) -> UInt64? {
        if let latest, let lastChange, lastChange + Self.settling > now, now < latest {
            return min(lastChange + Self.settling, latest)
        }
        latest = nil
        return nil
    }

    /// A change was committed, at its time or earlier.
    mutating func committed() {
        isTimed = false
        latest = nil
    }
}
