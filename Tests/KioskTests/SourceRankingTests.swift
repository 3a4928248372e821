// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

@testable import Kiosk
import Testing

@Suite("Which of a screen's sources is shown")
struct SourceRankingTests {
    private static let second: UInt64 = 1_000_000_000
    private static let start: UInt64 = 100 * second

    private func ranking(_ count: Int) -> SourceRanking {
        var ranking = SourceRanking(count: count, preferAfter: 10 * Self.second, hold: 3 * Self.second)
        #expect(ranking.start(at: Self.start) == (0..<count).map { .seek($0) })
        return ranking
    }

    private func at(_ seconds: Double) -> UInt64 { Self.start + UInt64(seconds * 1e9) }

    @Test("the best source is shown at once, and the worse ones aren't looked for any more")
    func best() {
        var ranking = ranking(3)
        #expect(ranking.opened(0, at: at(0.1)) == [.show(0), .drop(1), .drop(2)])
        #expect(ranking.nextTime == nil)
    }

    @Test("a worse source waits for the answers of all better ones, and is shown with the last of them")
    func answers() {
        var ranking = ranking(3)
        #expect(ranking.opened(2, at: at(0.1)) == [])
        #expect(ranking.failed(1, at: at(0.2)) == [])
        #expect(ranking.failed(1, at: at(0.3)) == [])
        #expect(ranking.failed(0, at: at(0.4)) == [.show(2)])
    }

    @Test("a better source that doesn't answer keeps a worse one waiting for a second, and no longer")
    func patience() {
        var ranking = ranking(2)
        #expect(ranking.opened(1, at: at(0.1)) == [])
        #expect(ranking.nextTime == at(1))
        #expect(ranking.timeCame(at: at(0.999)) == [])
        #expect(ranking.timeCame(at: at(1)) == [.show(1)])
    }

    @Test("where no source is there for a second, the screen says so, once, and the first to come is shown at once")
    func idle() {
        var ranking = ranking(2)
        #expect(ranking.failed(0, at: at(0.1)) == [] && ranking.failed(1, at: at(0.1)) == [])
        #expect(ranking.timeCame(at: at(1)) == [.idle])
        #expect(ranking.timeCame(at: at(2)) == [] && ranking.nextTime == nil)
        #expect(ranking.opened(1, at: at(60)) == [.show(1)])
    }

    @Test("a better source that comes is returned to when it has stood for its time, and the other is closed")
    func preference() {
        var ranking = ranking(2)
        _ = ranking.failed(0, at: at(0.1))
        #expect(ranking.opened(1, at: at(0.2)) == [.show(1)])
        #expect(ranking.opened(0, at: at(5)) == [])
        #expect(ranking.nextTime == at(15))
        #expect(ranking.timeCame(at: at(14.9)) == [])
        #expect(ranking.timeCame(at: at(15)) == [.show(0), .drop(1)])
        #expect(ranking.nextTime == nil)
    }

    @Test("a better source that goes before its time begins anew")
    func flapping() {
        var ranking = ranking(2)
        _ = ranking.failed(0, at: at(0.1))
        _ = ranking.opened(1, at: at(0.2))
        _ = ranking.opened(0, at: at(5))
        #expect(ranking.ended(0, at: at(14)) == [])
        #expect(ranking.nextTime == nil)
        #expect(ranking.opened(0, at: at(16)) == [] && ranking.nextTime == at(26))
    }

    @Test("of two better sources that stand, the best whose time has come is returned to")
    func twoBetter() {
        var ranking = ranking(3)
        _ = ranking.failed(0, at: at(0.1))
        _ = ranking.failed(1, at: at(0.1))
        _ = ranking.opened(2, at: at(0.2))
        _ = ranking.opened(1, at: at(5))
        _ = ranking.opened(0, at: at(7))
        #expect(ranking.nextTime == at(15))
        #expect(ranking.timeCame(at: at(15)) == [.show(1), .drop(2)])
        #expect(ranking.timeCame(at: at(17)) == [.show(0), .drop(1)])
    }

    @Test("the last picture stays for its time; the same source is shown again at once, a worse one only after it")
    func hold() {
        var ranking = ranking(2)
        _ = ranking.opened(0, at: at(0.1))
        #expect(ranking.ended(0, at: at(20)) == [.seek(1)])
        #expect(ranking.nextTime == at(23))
        #expect(ranking.opened(1, at: at(20.1)) == [])
        #expect(ranking.opened(0, at: at(22)) == [.show(0), .drop(1)])
        #expect(ranking.ended(0, at: at(30)) == [.seek(1)])
        #expect(ranking.opened(1, at: at(31)) == [])
        #expect(ranking.timeCame(at: at(33)) == [.show(1)])
    }

    @Test("where nothing replaces the last picture in its time, the screen says so")
    func holdEnds() {
        var ranking = ranking(1)
        _ = ranking.opened(0, at: at(0.1))
        #expect(ranking.ended(0, at: at(20)) == [])
        #expect(ranking.timeCame(at: at(22.9)) == [])
        #expect(ranking.timeCame(at: at(23)) == [.idle])
        #expect(ranking.opened(0, at: at(24)) == [.show(0)])
    }

    @Test("a better source that stands already replaces the one that goes at once")
    func betterStands() {
        var ranking = ranking(2)
        _ = ranking.failed(0, at: at(0.1))
        _ = ranking.opened(1, at: at(0.2))
        _ = ranking.opened(0, at: at(5))
        #expect(ranking.ended(1, at: at(6)) == [.show(0), .drop(1)])
    }

    @Test("what is said of a source that isn't wanted, or isn't there, changes nothing")
    func late() {
        var ranking = ranking(2)
        _ = ranking.opened(0, at: at(0.1))
        #expect(
            ranking.opened(1, at: at(0.2)) == [] && ranking.failed(1, at: at(0.3)) == [] && ranking.ended(1, at: at(0.4)) == [])
        #expect(ranking.opened(0, at: at(0.5)) == [] && ranking.failed(0, at: at(0.5)) == [])
        #expect(ranking.nextTime == nil)
    }
}
