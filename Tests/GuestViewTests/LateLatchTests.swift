// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Testing

@testable import GuestView

@Suite("When a change that is told is committed")
struct LateLatchTests {
    private static let interval: UInt64 = 10_000_000
    private static let settling: UInt64 = 1_000_000
    private static let second: UInt64 = 1_000_000_000

    /// A latch of a guest that has made two changes close together at 1 s, and a screen with a refresh then and each 10 ms from there.
    private struct Latch {
        var refreshes = RefreshClock()
        var latch: LateLatch
        var lead: UInt64 { refreshes.lead }

        init(isSparing: Bool = false, refreshInterval: UInt64? = interval, isClose: Bool = true) {
            latch = LateLatch(isSparing: isSparing)
            if let refreshInterval { presented(at: second, refreshInterval: refreshInterval) }
            for time in isClose ? [second - 1, second] : [second] { latch.changed(at: time, by: refreshes) }
        }

        mutating func due(at now: UInt64) -> UInt64? { latch.due(at: now, by: refreshes) }

        mutating func committed(at now: UInt64) {
            refreshes.committed(at: now, isTimed: latch.isTimed)
            latch.committed()
        }

        mutating func presented(at time: UInt64, refreshInterval: UInt64 = interval) {
            refreshes.presented(at: time, refreshInterval: UInt32(refreshInterval), committedAt: time)
        }
    }

    @Test("at once, each time, for a guest that makes one at a time")
    func atOnce() {
        var latch = Latch(isClose: false)
        for step in 1...10 as ClosedRange<UInt64> {
            let now = Self.second + step * Self.interval / 2
            latch.latch.changed(at: now, by: latch.refreshes)
            #expect(latch.due(at: now) == now && latch.due(at: now + 1) == now + 1 && !latch.latch.isTimed)
            latch.committed(at: now)
        }
        latch.latch.changed(at: Self.second + 11 * Self.interval / 2 - 1, by: latch.refreshes)
        #expect(latch.due(at: Self.second + 11 * Self.interval / 2 - 1) != Self.second + 11 * Self.interval / 2 - 1)
    }

    @Test("as late as it makes the next refresh, for one that makes several; what follows goes along with it")
    func late() {
        var latch = Latch()
        let due = 1_010_000_000 - latch.lead
        #expect(latch.due(at: due - 1_000_000) == due && latch.latch.isTimed)
        #expect(latch.due(at: due - 500_000) == nil)
        #expect(latch.latch.came(at: due) == nil)
        latch.committed(at: due)
        #expect(latch.due(at: due + 100) != nil)
    }

    @Test("a guest that has made several is taken for such a one for two seconds more")
    func memory() {
        for (wait, isLate) in [(UInt64(1_999_999_999), true), (2_000_000_000, false)] {
            var latch = Latch()
            let now = Self.second + wait
            latch.presented(at: now)
            #expect((latch.due(at: now) == now) == !isLate)
        }
    }

    @Test("nothing is forgotten where the time comes and there is nothing to commit, or where a commit comes before it")
    func nothing() {
        var latch = Latch()
        for isCommitted in [false, true] {
            #expect(latch.due(at: Self.second) != nil && latch.due(at: Self.second) == nil)
            if isCommitted { latch.committed(at: Self.second) } else { _ = latch.latch.came(at: Self.second + Self.interval) }
        }
        #expect(latch.due(at: Self.second) != nil)
    }

    @Test("a change that comes after that moment waits only until its picture is likely to be whole, and teaches nothing")
    func after() {
        var latch = Latch()
        let lead = latch.lead, now = 1_010_000_000 - lead + 1
        #expect(latch.due(at: now) == now + Self.settling && latch.due(at: now + 1) == nil)
        latch.committed(at: now + Self.settling)
        latch.presented(at: 1_040_000_000)
        #expect(latch.lead == lead)
    }

    @Test("it waits for longer while the guest goes on changing, but not for ever")
    func settling() {
        var latch = Latch(refreshInterval: nil)
        let start = Self.second + 100, due = latch.due(at: start)!
        latch.latch.changed(at: due - 300_000, by: latch.refreshes)
        #expect(latch.latch.came(at: due) == due + 700_000)
        #expect(latch.due(at: due + 1) == nil)
        latch.latch.changed(at: due + 3_000_000 - 200_000, by: latch.refreshes)
        #expect(latch.latch.came(at: due + 3_000_000 - 100_000) == start + 4_000_000)
        #expect(latch.latch.came(at: start + 4_000_000) == nil && latch.due(at: start + 4_000_000) != nil)
        // The guest hasn't changed for a while.
        #expect(latch.latch.came(at: start + 5_000_000) == nil)
    }

    @Test("so does one of a time when nobody knows when refreshes come")
    func unknown() {
        var fresh = Latch(refreshInterval: nil), irregular = Latch(refreshInterval: 0), old = Latch()
        #expect(fresh.due(at: Self.second + 5) == Self.second + 5 + Self.settling)
        #expect(irregular.due(at: Self.second + 1) == Self.second + 1 + Self.settling)
        #expect(old.due(at: 2 * Self.second) == 2 * Self.second + Self.settling)
    }

    @Test("a late commit that misses its refresh makes the next ones earlier")
    func missed() {
        var latch = Latch()
        let lead = latch.lead, due = latch.due(at: Self.second + 1)!
        latch.committed(at: due)
        // The report of the picture before says nothing of this one.
        latch.refreshes.presented(at: 1_040_000_000, refreshInterval: UInt32(Self.interval), committedAt: due - 1)
        #expect(latch.lead == lead)
        latch.refreshes.presented(at: 1_020_000_000, refreshInterval: UInt32(Self.interval), committedAt: due)
        #expect(latch.lead == lead + Self.interval / 8)
        // Nor does that of a commit that wasn't late.
        latch.committed(at: due + 1)
        latch.presented(at: 1_090_000_000)
        #expect(latch.lead == lead + Self.interval / 8)
    }

    @Test("to save power, every second refresh, whatever the guest does", arguments: [false, true])
    func power(isClose: Bool) {
        var latch = Latch(isSparing: true, isClose: isClose)
        #expect(latch.due(at: Self.second + 1) == 1_020_000_000 - latch.lead)
        _ = latch.latch.came(at: Self.second + 2 * Self.interval)
        #expect(latch.due(at: 1_016_000_000 - latch.lead) == 1_020_000_000 - latch.lead)
        _ = latch.latch.came(at: Self.second + 2 * Self.interval)
        let late = 1_020_000_000 - latch.lead + 1
        #expect(latch.due(at: late) == (isClose ? late + Self.settling : late))
    }
}
