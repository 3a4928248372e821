// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Testing

@testable import GuestView

@Suite("The clock of queries")
struct PollClockTests {
    private static let interval: UInt64 = 10_000_000

    /// Both clocks of a guest that is queried, whose commits are all reported.
    private struct Clock {
        var refreshes = RefreshClock()
        var queries = PollClock()
        private var committedAt: UInt64 = 0
        var lead: UInt64 { refreshes.lead }

        func next(after now: UInt64) -> UInt64 { queries.next(after: now, by: refreshes) }

        mutating func queried(at now: UInt64, isChanged: Bool) {
            queries.queried(at: now, isChanged: isChanged)
            guard isChanged else { return }
            refreshes.committed(at: now, isTimed: true)
            committedAt = now
        }

        mutating func presented(at time: UInt64, refreshInterval: UInt32) {
            refreshes.presented(at: time, refreshInterval: refreshInterval, committedAt: committedAt)
        }
    }

    /// A compositor with a refresh every 10 ms that takes commits up to `latch` before each, and a guest; one query after another.
    private struct Screen {
        var clock = Clock()
        var now: UInt64 = 1_000_000_000
        let latch: UInt64
        /// Queries, and the refresh at which each of their commits was shown; nil without one.
        var queries: [(at: UInt64, shown: UInt64?)] = []

        init(latch: UInt64) {
            self.latch = latch
            // The first picture, on which the first report comes.
            clock.queried(at: now, isChanged: true)
            clock.presented(at: 1_010_000_000, refreshInterval: UInt32(interval))
            now = 1_010_000_000
        }

        mutating func query(isChanged: Bool) {
            let at = clock.next(after: now)
            clock.queried(at: at, isChanged: isChanged)
            guard isChanged else {
                now = at
                queries.append((at, nil))
                return
            }
            let shown = (at + latch + interval - 1) / interval * interval
            clock.presented(at: shown, refreshInterval: UInt32(interval))
            // The compositor asks for the next frame when it has taken this one.
            now = shown - latch
            queries.append((at, shown))
        }
    }

    @Test("asks once a refresh", arguments: [UInt64(0), 1_000_000, 4_000_000, 7_000_000, 9_000_000])
    func onceARefresh(latch: UInt64) {
        var screen = Screen(latch: latch)
        for _ in 0..<2000 { screen.query(isChanged: true) }
        // What is learnt in the beginning may cost a refresh now and then.
        let shown = screen.queries.dropFirst(100).compactMap(\.shown)
        let missed = zip(shown, shown.dropFirst()).count { $1 - $0 != Self.interval }
        #expect(missed <= 3, "latch \(latch): \(missed) of \(shown.count)")
    }

    @Test("asks as late as the compositor allows, an eighth of a refresh given away at most", arguments: [2_000_000, 7_000_000])
    func late(latch: UInt64) {
        var screen = Screen(latch: latch)
        for _ in 0..<40_000 { screen.query(isChanged: true) }
        let ages = screen.queries.suffix(1000).map { $0.shown! - $0.at }
        #expect(ages.max()! <= latch + Self.interval / 8 + Self.interval / 32, "\(ages.max()!)")
    }

    @Test("asks every second refresh when nothing has changed for two seconds, and every one again after a change")
    func idle() {
        var screen = Screen(latch: 3_000_000)
        for _ in 0..<400 { screen.query(isChanged: false) }
        func distances(_ queries: ArraySlice<(at: UInt64, shown: UInt64?)>) -> Set<UInt64> {
            Set(zip(queries, queries.dropFirst()).map { $1.at - $0.at })
        }
        #expect(distances(screen.queries[10..<150]) == [Self.interval])
        #expect(distances(screen.queries[210...]) == [2 * Self.interval])
        screen.query(isChanged: true)
        for _ in 0..<100 { screen.query(isChanged: false) }
        #expect(distances(screen.queries.suffix(90)) == [Self.interval])
    }

    /// A clock that has been told of one refresh at 1 s, and of one each 10 ms from there.
    private func told() -> Clock {
        var clock = Clock()
        clock.presented(at: 1_000_000_000, refreshInterval: UInt32(Self.interval))
        return clock
    }

    @Test("a query that was made a little late doesn't put off the next one")
    func lateQuery() {
        var clock = told()
        let moment = 2_000_000_000 - clock.lead
        clock.queried(at: moment + 1_000_000, isChanged: false)
        #expect(clock.next(after: moment + 1_000_000) == moment + Self.interval)
    }

    @Test("after a long pause it asks at the usual moment before a refresh, or at once where that has just passed")
    func pause() {
        var clock = told()
        clock.queried(at: 1_000_000_000, isChanged: false)
        let moment = 3_000_000_000 - clock.lead
        #expect(clock.next(after: moment - 5_000_000) == moment)
        #expect(clock.next(after: moment + 1_000_000) == moment + 1_000_000)
        #expect(clock.next(after: moment + 6_000_000) == moment + Self.interval)
    }

    @Test("a commit is made for the next refresh that it can meet, and shown at that one it has met it: no lead is added")
    func met() {
        var clock = told()
        let lead = clock.lead
        // It comes too late for the refresh at 2 s.
        clock.queried(at: 1_999_000_000, isChanged: true)
        clock.presented(at: 2_010_000_000, refreshInterval: UInt32(Self.interval))
        #expect(clock.lead == lead)
        // Refreshes aren't quite regular.
        clock.queried(at: 2_020_000_000 - lead, isChanged: true)
        clock.presented(at: 2_021_000_000, refreshInterval: UInt32(Self.interval))
        #expect(clock.lead == lead)
        // A commit that the clock knows nothing of teaches it nothing.
        clock.presented(at: 2_061_000_000, refreshInterval: UInt32(Self.interval))
        #expect(clock.lead == lead)
        clock.queried(at: 2_071_000_000 - lead, isChanged: true)
        clock.presented(at: 2_081_000_000, refreshInterval: UInt32(Self.interval))
        #expect(clock.lead == lead + Self.interval / 8)
    }

    @Test("however often commits meet their refresh, or miss it, a query comes one refresh before it at most, and 1 ms at least")
    func bounds() {
        for delay in [0, Self.interval] {
            var clock = told()
            var refresh: UInt64 = 1_000_000_000
            for _ in 0..<20_000 {
                refresh += 3 * Self.interval
                clock.queried(at: refresh - clock.lead, isChanged: true)
                clock.presented(at: refresh + delay, refreshInterval: UInt32(Self.interval))
            }
            #expect(clock.lead == (delay == 0 ? 1_000_000 : Self.interval))
        }
    }

    @Test("to save power, every second refresh, whatever changes")
    func sparing() {
        var clock = told()
        clock.queries = PollClock(isSparing: true)
        var now: UInt64 = 2_000_000_000 - clock.lead
        for _ in 0..<10 {
            clock.queried(at: now, isChanged: true)
            let next = clock.next(after: now)
            #expect(next == now + 2 * Self.interval)
            clock.presented(at: now + clock.lead, refreshInterval: UInt32(Self.interval))
            now = next
        }
    }

    @Test("asks at a usual screen's rate where the compositor reports nothing")
    func withoutReports() {
        var clock = Clock()
        #expect(clock.next(after: 5) == 5)
        var now: UInt64 = 5
        for _ in 0..<100 {
            clock.queried(at: now, isChanged: false)
            let next = clock.next(after: now)
            #expect(next - now == 16_666_667)
            now = next
        }
        // A pause is over at once.
        #expect(clock.next(after: now + 1_000_000_000) == now + 1_000_000_000)
    }

    @Test("isn't led astray by a report from the future, of no time, or of no interval", arguments: [0, 1, 999_999, UInt32.max])
    func nonsense(refreshInterval: UInt32) {
        for time in [0, 1, UInt64.max / 2, UInt64.max - 1] {
            var clock = Clock()
            clock.queried(at: 1_000_000_000, isChanged: true)
            clock.presented(at: time, refreshInterval: refreshInterval)
            let next = clock.next(after: 1_000_100_000)
            #expect(next >= 1_000_100_000 && next < 1_000_100_000 + 3 * 16_666_667, "\(time): \(next)")
        }
    }
}
