// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Measurement
import Testing

@Suite("The figures of a run")
struct RunFiguresTests {
    private typealias Screen = ScriptedScreen

    private func value(_ name: String, _ figures: RunFigures) -> Double? { Figure.named(name)?.value(in: figures) }

    @Test("a guest of 30 Hz on 60 Hz stays for two refreshes each, and misses none", arguments: [true, false])
    func half(countsRefreshes: Bool) {
        var screen = Screen()
        screen.countsRefreshes = countsRefreshes
        for frame in 0..<300 as Range<UInt64> { screen.draw(at: frame * 2 * Screen.refresh) }
        let figures = screen.figures()
        #expect(figures.screen.staying[1] == 299 && figures.screen.staying.reduce(0, +) == 299)
        #expect(figures.screen.missedRefreshes == 0 && figures.screen.lateFrames == 0 && figures.screen.stallCount == 0)
        #expect(figures.screen.refreshes == 598)
        #expect(figures.changeToAnswer.count == 300 && figures.commitToRelease.count == 300)
        #expect(abs(value("changeToAnswer.max", figures)! - 1_250_000) < 2000)
        #expect(value("commitRate", figures) == 30 && value("presentRate", figures) == 30)
        #expect(abs(value("refreshRate", figures)! - 60) < 0.001)
    }

    @Test("a guest that drifts through the refresh misses none: the compositor's lead is learnt")
    func drift() {
        var screen = Screen()
        for frame in 0..<1000 as Range<UInt64> { screen.draw(at: frame * 16_700_000) }
        let figures = screen.figures()
        #expect(figures.screen.missedRefreshes == 0)
        #expect(abs(Int64(figures.lead) - Int64(Screen.lead)) < 400_000)
    }

    @Test("a compositor that presents late is late by just these refreshes, and each of them counts once more")
    func late() {
        var screen = Screen()
        for frame in 0..<600 as Range<UInt64> {
            screen.draw(at: frame * Screen.refresh, late: frame == 100 ? 1 : frame == 200 ? 5 : 0)
        }
        let figures = screen.figures()
        #expect(figures.screen.missedRefreshes == 6 && figures.screen.lateFrames == 2)
        #expect(value("missedRefreshShare", figures) == 6.0 / Double(figures.screen.refreshes))
        #expect(figures.screen.changeToPresent.count == 600 && figures.screen.changeToPresentByRefresh.count == 606)
        let usual = figures.screen.changeToPresent.min
        #expect(abs(Int64(figures.screen.changeToPresent.max) - Int64(usual + 5 * Screen.refresh)) < 100_000)
        #expect(figures.screen.changeToPresentByRefresh.percentile(50) < usual + 1_000_000)
    }

    @Test("a guest in step with the screen is late by whole refreshes only, however the times jitter")
    func jitter() {
        var screen = Screen()
        for frame in 0..<600 as Range<UInt64> { screen.draw(at: frame * Screen.refresh, late: frame % 100 == 50 ? 1 : 0) }
        var frames = screen.frames
        for place in frames.indices { frames[place].presentedAt -= UInt64(place % 7) * 200_000 }
        var figures = RunFigures()
        figures.learn(from: frames)
        figures.add(frames)
        #expect(figures.screen.missedRefreshes == 6 && figures.screen.lateFrames == 6)
    }

    @Test("a guest that stands still for 200 ms in each second has that many stalls of that length")
    func stalls() {
        var screen = Screen()
        for second in 0..<10 as Range<UInt64> {
            for frame in 0..<48 as Range<UInt64> { screen.draw(at: (second * 60 + frame) * Screen.refresh) }
        }
        let figures = screen.figures()
        #expect(figures.screen.stallCount == 9)
        #expect(figures.screen.stalls.map(\.duration) == Array(repeating: 13 * Screen.refresh, count: 9))
        #expect(figures.screen.longestStall == 13 * Screen.refresh)
        #expect(figures.screen.staying[12] == 9 && figures.screen.staying[0] == 470)
        // The display has shown each picture as soon as it could.
        #expect(figures.screen.missedRefreshes == 0)
    }

    @Test("a time just short of a stall is none, and only so many are kept one by one")
    func stallLimit() {
        var screen = Screen()
        for frame in 0..<4 as Range<UInt64> { screen.draw(at: frame * 5 * Screen.refresh) }
        #expect(screen.figures().screen.stallCount == 0)
        for frame in 1...300 as ClosedRange<UInt64> { screen.draw(at: 1_000_000_000 + frame * 7 * Screen.refresh) }
        let figures = screen.figures()
        #expect(figures.screen.stallCount == 300 && figures.screen.stalls.count == 200)
    }

    @Test("real screens and virtual ones are never in one figure")
    func kinds() {
        var real = Screen(), virtual = Screen()
        virtual.flags = [.hardwareCompletion]
        for frame in 0..<10 as Range<UInt64> {
            real.draw(at: frame * Screen.refresh)
            virtual.draw(at: (frame + 20) * Screen.refresh, late: 3)
        }
        let alone = virtual.figures()
        #expect(alone.isVirtual && alone.screen.presented == 10 && alone.presented == 10)
        var figures = RunFigures()
        figures.add(real.frames + virtual.frames)
        #expect(!figures.isVirtual && figures.screen.presented == 10 && figures.presented == 20)
        #expect(figures.screen.commitToPresent.max < 3 * Screen.refresh)
        let report = Report(facts: [], figures: figures, timeline: Timeline(from: 0), partial: nil)
        #expect(report.remarks.first == "10 frames were shown on a virtual output. They are in no figure.")
    }

    @Test("what became of each frame is counted apart, and what nobody reported is no zero")
    func fates() {
        var frame = FrameRecord()
        (frame.changedAt, frame.queriedAt, frame.committedAt) = (1, 2, 3)
        var frames: [FrameRecord] = []
        for (fate, count) in [(FrameRecord.Fate.unreported, 4), (.superseded, 3), (.discarded, 2)] {
            frame.fate = fate
            frame.passedOver = 1
            frame.isImport = count == 2
            frame.damagedPixels = 10
            frames += Array(repeating: frame, count: count)
        }
        var figures = RunFigures()
        figures.learn(from: frames)
        figures.add(frames)
        #expect(figures.committed == 9 && figures.unreported == 4 && figures.superseded == 3 && figures.discarded == 2)
        #expect(figures.passedOver == 9 && figures.imports == 2 && figures.damagedPixels == 90)
        #expect(figures.changeToCommit.max == 2 && figures.queryToCommit.max == 1 && figures.commitToRelease.count == 0)
        #expect(value("zeroCopyShare", figures) == nil && value("commitToPresent.p99", figures) == nil)
        #expect(value("commitRate", figures) == nil && value("refreshRate", figures) == nil)
        let report = Report(facts: [], figures: figures, timeline: Timeline(from: 0), partial: nil)
        #expect(report.remarks.count == 1 && report.remarks[0].hasPrefix("The compositor has reported no frame"))
    }

    @Test("a compositor that sends any number ends nothing")
    func hostile() {
        var screen = Screen()
        for frame in 0..<4 as Range<UInt64> { screen.draw(at: frame * Screen.refresh) }
        var frames = screen.frames
        frames[0].refreshInterval = 1
        frames[1].presentedAt = .max
        frames[1].sequence = .max
        frames[2].presentedAt = 0
        frames[2].sequence = 0
        frames[3].presentedAt = .max
        frames[3].sequence = .max
        var figures = RunFigures()
        figures.learn(from: frames)
        for _ in 0..<3 { figures.add(frames) }
        #expect(figures.committed == 12 && figures.screen.presented == 12)
        #expect(figures.screen.commitToPresent.max >= 59_000_000_000 && figures.screen.commitToPresent.min == 1)
    }
}

@Suite("When a run is stable")
struct StabilityTests {
    /// Blocks of frames with these waits in milliseconds, as many as are said.
    private func stability(_ blocks: [(count: Int, wait: UInt64)]) -> Stability {
        var stability = Stability(from: 0)
        for (number, block) in blocks.enumerated() {
            var frame = FrameRecord()
            frame.fate = .presented
            frame.committedAt = UInt64(number) * Stability.block
            frame.presentedAt = frame.committedAt + block.wait * 1_000_000
            stability.add(Array(repeating: frame, count: block.count))
        }
        return stability
    }

    @Test("is when the last three whole blocks are alike")
    func alike() {
        #expect(!stability([(100, 20), (100, 20), (100, 20)]).isStable)
        #expect(stability([(100, 20), (100, 20), (100, 20), (1, 20)]).isStable)
        #expect(stability([(10, 90), (100, 20), (103, 20), (100, 20), (1, 20)]).isStable)
        #expect(!stability([(100, 20), (107, 20), (100, 20), (1, 20)]).isStable)
        #expect(!stability([(100, 20), (100, 20), (100, 25), (1, 20)]).isStable)
    }

    @Test("is never when nothing is shown")
    func nothing() {
        #expect(!stability([(0, 0), (0, 0), (0, 0), (1, 20)]).isStable)
    }
}

@Suite("Composed frames")
struct ComposedFramesTests {
    private func figures(_ frames: [(ScanoutObstacles, FrameRecord.Flags)]) -> (figures: RunFigures, frames: [FrameRecord]) {
        var screen = ScriptedScreen()
        for frame in frames.indices { screen.draw(at: UInt64(frame) * ScriptedScreen.refresh) }
        var records = screen.frames
        for (place, frame) in frames.enumerated() {
            records[place].obstacles = frame.0
            records[place].flags = frame.1.union(.verticalSync)
        }
        var figures = RunFigures()
        figures.add(records)
        return (figures, records)
    }

    @Test("are counted by reason, and told in stretches that end when the reasons change or a frame is scanned out")
    func stretches() {
        let cursor = ScanoutObstacles.cursor, both: ScanoutObstacles = [.cursor, .bars]
        let (figures, frames) = figures([
            (cursor, []), (cursor, []), (both, []), ([], .zeroCopy), (both, []), ([], []), ([], .zeroCopy), (both, .zeroCopy),
        ])
        let composed = figures.screen.composed
        #expect(composed.frames == 5 && composed.unexplained == 1)
        #expect(composed.reasons.map(\.explanation.name) == ["cursor", "bars"] && composed.reasons.map(\.frames) == [4, 2])
        #expect(composed.stretches.map(\.obstacles) == [cursor, both, both, []])
        #expect(composed.stretches.map(\.frames) == [2, 1, 1, 1])
        #expect(composed.stretches[0].from == frames[0].presentedAt && composed.stretches[0].until == frames[1].presentedAt)
    }

    @Test("in too many stretches are counted all the same")
    func many() {
        let (figures, _) = figures((0..<500).map { ($0 % 2 == 0 ? .cursor : .bars, []) })
        #expect(figures.screen.composed.stretches.count == 200)
        #expect(figures.screen.composed.stretches.allSatisfy { $0.frames == 1 })
        #expect(figures.screen.composed.reasons.map(\.frames) == [250, 250])
    }

    @Test("each obstacle has one bit, one name and words of its own")
    func explanations() {
        let all = ScanoutObstacles.explanations
        #expect(all.allSatisfy { $0.obstacle.rawValue.nonzeroBitCount == 1 })
        #expect(Set(all.map(\.obstacle)).count == all.count && Set(all.map(\.name)).count == all.count && all.count == 15)
        #expect(ScanoutObstacles([.bars, .cursor]).names == ["cursor", "bars"])
    }
}
