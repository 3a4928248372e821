// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import Measurement
import Testing

@Suite("Assertions")
struct AssertionTests {
    private func figures() -> RunFigures {
        var screen = ScriptedScreen()
        screen.flags = [.verticalSync, .zeroCopy]
        for frame in 0..<100 as Range<UInt64> { screen.draw(at: frame * ScriptedScreen.refresh) }
        return screen.figures()
    }

    @Test(
        "compare a figure with a value in the figure's own units",
        arguments: [
            ("frames.committed == 100", true), ("frames.committed != 100", false), ("frames.committed>99", true),
            ("frames.committed > 100", false), ("frames.committed < 101", true), ("frames.committed<100", false),
            ("frames.committed <= 100", true), ("frames.committed >= 100", true), ("frames.committed <= 99", false),
            ("zeroCopyShare >= 99%", true), ("zeroCopyShare >= 1.0", true), ("  zeroCopyShare  ==  100 %  ", true),
            ("commitRate == 10 Hz", true), ("commitRate >= 10.01", false),
            ("changeToCommit.max <= 1.01ms", true), ("changeToCommit.max <= 1001us", true),
            ("changeToCommit.max <= 990us", false), ("changeToCommit.max <= 0.00101s", true),
            ("changeToCommit.max <= 1010000ns", true), ("changeToCommit.max < 1e3ns", false),
        ])
    func compare(text: String, holds: Bool) throws {
        #expect((try Assertion(text).outcome(in: figures()) == .holds) == holds)
    }

    @Test(
        "what is none says what could stand there",
        arguments: [
            ("zeroCopyShare", "'zeroCopyShare' compares nothing: write a figure, <= or another comparison, and a value"),
            ("zeroCopyShar >= 1", "there is no figure 'zeroCopyShar': use one of frames.committed, "),
            ("commitToPresent.p98 < 1ms", "there is no figure 'commitToPresent.p98': use one of commitToPresent.count, "),
            (">= 1", "there is no figure '': use one of "),
            ("commitToPresent.p99 < 20", "commitToPresent.p99 is a time, and '20' has no unit: use ns, us, ms, s"),
            ("commitToPresent.p99 < 20 min", "'min' is no unit of commitToPresent.p99: use ns, us, ms, s"),
            ("frames.late == 0 frames", "'frames' is no unit of frames.late: leave the unit out"),
            ("frames.late == none", "'none' is no number: write one, such as 0"),
            ("frames.late == ", "'' is no number"), ("frames.late == 1e999", "'1e999' is no number"),
            ("zeroCopyShare = 1", "compares nothing"), ("zeroCopyShare >> 1", "'> 1' is no number"),
        ])
    func faults(text: String, message: String) {
        let fault = #expect(throws: Assertion.Fault.self) { _ = try Assertion(text) }
        #expect(fault?.description.contains(message) == true, "\(fault?.description ?? "none")")
    }

    @Test("one that fails says what is so; one about nothing says that too")
    func outcome() throws {
        #expect(try Assertion("frames.late == 3").outcome(in: figures()) == .fails("frames.late == 3: it is 0"))
        #expect(
            try Assertion("changeToCommit.max <= 1us").outcome(in: figures())
                == .fails("changeToCommit.max <= 1us: it is 1.00 ms"))
        #expect(
            try Assertion("zeroCopyShare >= 0").outcome(in: RunFigures())
                == .fails("zeroCopyShare >= 0: the run has no zeroCopyShare"))
    }

    @Test(
        "a value is written with its unit",
        arguments: [
            (Figure.Unit.nanoseconds, 12.0, "12 ns"), (.nanoseconds, 1500, "1.5 µs"), (.nanoseconds, 20_040_000, "20.04 ms"),
            (.nanoseconds, 2.5e9, "2.50 s"), (.share, 0.98765, "98.77 %"), (.count, 7, "7"), (.hertz, 59.996, "60.00 Hz"),
            (.bytes, 512, "512 bytes"), (.bytes, 3_145_728, "3.0 MiB"), (.count, -0.4, "0"), (.share, -0.5, "-50.00 %"),
        ])
    func units(unit: Figure.Unit, value: Double, text: String) { #expect(unit.text(value) == text) }

    @Test("the names of figures are unique")
    func names() { #expect(Set(Figure.all.map(\.name)).count == Figure.all.count && Figure.all.count > 70) }
}

@Suite("A run's report")
struct RunReportTests {
    private func report() -> (report: Report, screen: ScriptedScreen) {
        var screen = ScriptedScreen()
        for frame in 0..<100 as Range<UInt64> { screen.draw(at: (frame < 50 ? frame : frame + 20) * ScriptedScreen.refresh) }
        var timeline = Timeline(from: ScriptedScreen.start)
        timeline.add(screen.frames)
        return (
            Report(
                facts: [("source", [("guest", .string("a \"guest\"")), ("size", .null)])], figures: screen.figures(),
                timeline: timeline, partial: "the source has gone"), screen
        )
    }

    @Test("is JSON with all figures, facts, stalls, and why it is partial")
    func json() throws {
        let data = Data(report().report.json.text.utf8)
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object["version"] as? Int == 1 && object["partial"] as? String == "the source has gone")
        #expect(object["screen"] as? String == "real")
        let figures = try #require(object["figures"] as? [String: Any])
        #expect(Set(figures.keys) == Set(Figure.all.map(\.name)))
        #expect(figures["frames.committed"] as? Int == 100 && figures["commitRate"] as? Double == 10)
        #expect((object["source"] as? [String: Any])?["guest"] as? String == "a \"guest\"")
        let stalls = try #require(object["stalls"] as? [[String: Any]])
        #expect(stalls.count == 1 && stalls[0]["nanoseconds"] as? UInt64 == 21 * ScriptedScreen.refresh)
        #expect((object["framesByRefreshes"] as? [Int])?.first == 98)
    }

    @Test("says in a few lines what matters most")
    func summary() {
        let text = report().report.summary
        #expect(text.hasPrefix("PARTIAL: the source has gone\nframes            100 committed, 100 presented\n"))
        #expect(text.contains("\nzero-copy         0.00 % of the presented frames\n"))
        #expect(text.contains("a real screen"))
        #expect(text.contains("0 of 119 refreshes, by 0 frames; 1 stall, the longest 350.00 ms\n"))
    }

    @Test("of ten minutes at 240 Hz has less than 50 MB of rows")
    func size() {
        // A machine that has run for months, and every field that a frame can have.
        var frames = report().screen.frames
        for place in frames.indices {
            frames[place].changedAt += 10_000_000_000_000_000
            frames[place].queriedAt += 10_000_000_000_000_000
            frames[place].committedAt += 10_000_000_000_000_000
            frames[place].answeredAt += 10_000_000_000_000_000
            frames[place].presentedAt += 10_000_000_000_000_000
            frames[place].releasedAt += 10_000_000_000_000_000
            frames[place].generation += 100_000
            frames[place].damagedPixels = 3840 * 2160
            frames[place].obstacles = [.notDeviceMemory, .notFullscreen, .otherSize, .cursor, .decoration]
        }
        var csv = FramesCSV(from: frames[0].committedAt)
        let bytes = csv.rows(of: frames).utf8.count
        #expect(bytes / frames.count * 144_000 < 50_000_000, "\(bytes / frames.count) bytes a row")
    }

    @Test("has a row for each frame, in columns that don't move")
    func rows() throws {
        let (_, screen) = report()
        var csv = FramesCSV(from: ScriptedScreen.start)
        var frames = Array(screen.frames.prefix(3))
        frames[1].fate = .superseded
        frames[1].presentedAt = 0
        frames[1].releasedAt = 0
        frames[1].passedOver = 4
        let lines = (csv.header + csv.rows(of: Array(frames.prefix(2))) + csv.rows(of: [frames[2]])).split(separator: "\n")
        let table = lines.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        #expect(table.map(\.count) == Array(repeating: FramesCSV.columns.count, count: 4))
        func column(_ name: String) -> [String] { table.map { $0[FramesCSV.columns.firstIndex(of: name)!] } }
        #expect(column("TimeInSeconds") == ["TimeInSeconds", "0.001000000", "0.017666667", "0.034333334"])
        #expect(column("PresentMode").dropFirst() == ["composed", "superseded", "composed"])
        #expect(column("Dropped").dropFirst() == ["0", "1", "0"] && column("PassedOver").dropFirst() == ["0", "4", "0"])
        #expect(column("msUntilDisplayed").dropFirst() == ["15.666667", "", "15.666667"])
        #expect(column("msBetweenPresents").dropFirst() == ["", "16.666667", "16.666667"])
        #expect(column("msBetweenDisplayChange").dropFirst() == ["", "", "33.333334"])
        #expect(column("msFromChangeToCommit").dropFirst() == ["1.000000", "1.000000", "1.000000"])
        #expect(column("msFromQueryToCommit").dropFirst() == ["0.100000", "0.100000", "0.100000"])
        #expect(column("msFromChangeToAnswer").dropFirst() == ["1.250000", "1.250000", "1.250000"])
        #expect(column("msFromCommitToRelease").dropFirst() == ["32.333334", "", "32.333334"])
        #expect(
            column("Sequence").dropFirst().first == "1001"
                && column("nsPresented").dropFirst() == [
                    "\(frames[0].presentedAt)", "", "\(frames[2].presentedAt)",
                ])
        #expect(column("nsChanged").dropFirst().first == "\(ScriptedScreen.start)")
    }
}
