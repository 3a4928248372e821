// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Testing

@testable import Measurement

@Suite("Input that is sent to a guest")
struct InputProbesTests {
    private static let start: UInt64 = 1_000_000_000_000
    private static let ms: UInt64 = 1_000_000

    /// A time in milliseconds from the start.
    private func at(_ milliseconds: UInt64) -> UInt64 { Self.start + milliseconds * Self.ms }

    /// A frame that is committed 1 ms after the guest changed it, and presented 10 ms after that.
    private func frame(_ changed: UInt64, _ fate: FrameRecord.Fate = .presented, isReal: Bool = true) -> FrameRecord {
        var frame = FrameRecord()
        frame.changedAt = at(changed)
        frame.committedAt = frame.changedAt + Self.ms
        if fate == .presented { frame.presentedAt = frame.committedAt + 10 * Self.ms }
        frame.fate = fate
        frame.flags = isReal ? .verticalSync : []
        return frame
    }

    private func probes(sent times: UInt64...) -> InputProbes {
        var probes = InputProbes(from: Self.start)
        for time in times { probes.send(at: at(time)) }
        return probes
    }

    private func isAbout(_ value: UInt64, _ milliseconds: UInt64) -> Bool {
        // A histogram is exact to 0.1 %.
        value <= milliseconds * Self.ms * 1001 / 1000 && value >= milliseconds * Self.ms * 999 / 1000
    }

    @Test("an answer is the first change after a probe, and its times are those of the change and of the presentation")
    func answered() {
        var probes = probes(sent: 300, 700)
        probes.add([frame(320), frame(330), frame(709)], committedBefore: at(1000))
        #expect(probes.sent == 2 && probes.answered == 2 && probes.unanswered == 0)
        #expect(probes.inputToChange.count == 2 && probes.inputToRealPresent.count == 2)
        #expect(isAbout(probes.inputToChange.min, 9) && isAbout(probes.inputToChange.percentile(100), 20))
        #expect(isAbout(probes.inputToRealPresent.min, 20) && isAbout(probes.inputToRealPresent.percentile(100), 31))
        #expect(probes.changesInPauses == 0 && probes.inputToVirtualPresent.count == 0)
    }

    @Test("a change at the very time of the probe is an answer, and one from before it isn't, however late its commit")
    func edge() {
        var probes = probes(sent: 300)
        var old = frame(299)
        old.committedAt = at(350)
        probes.add([old, frame(300)], committedBefore: at(400))
        #expect(probes.answered == 1 && probes.inputToChange.max <= 1)
    }

    @Test("a probe without a change within a second is unanswered, whether frames come afterwards or none at all")
    func unanswered() {
        var silent = probes(sent: 300)
        silent.add([], committedBefore: at(1299))
        #expect(silent.sent == 1 && silent.unanswered == 0, "its time isn't over")
        silent.add([], committedBefore: at(1300))
        #expect(silent.unanswered == 1 && silent.answered == 0)
        var late = probes(sent: 300)
        late.add([frame(1300)], committedBefore: at(1000))
        #expect(late.unanswered == 1 && late.answered == 0 && late.inputToChange.count == 0)
        var soon = probes(sent: 300)
        soon.add([frame(1299)], committedBefore: at(1000))
        #expect(soon.unanswered == 0 && soon.answered == 1)
        var next = probes(sent: 300, 900)
        next.add([frame(910)], committedBefore: at(1000))
        #expect(next.unanswered == 1 && next.answered == 1, "the next probe's answer isn't the first one's")
        #expect(isAbout(next.inputToChange.max, 10))
    }

    @Test("a picture that was superseded is seen when the next one is presented; one of which nobody reports is never")
    func superseded() {
        var probes = probes(sent: 300)
        probes.add([frame(310, .superseded), frame(320, .discarded), frame(340)], committedBefore: at(400))
        #expect(isAbout(probes.inputToChange.max, 10) && isAbout(probes.inputToRealPresent.max, 51))
        #expect(probes.inputToRealPresent.count == 1)
        var silent = self.probes(sent: 300)
        silent.add([frame(310, .unreported), frame(320)], committedBefore: at(400))
        #expect(silent.answered == 1 && silent.inputToRealPresent.count == 0)
    }

    @Test("a real screen's times and a virtual output's are never together")
    func virtual() {
        var probes = probes(sent: 300, 700)
        probes.add([frame(310, isReal: false), frame(720)], committedBefore: at(1000))
        #expect(isAbout(probes.inputToVirtualPresent.max, 21) && probes.inputToVirtualPresent.count == 1)
        #expect(isAbout(probes.inputToRealPresent.max, 31) && probes.inputToRealPresent.count == 1)
        var figures = RunFigures()
        figures.probes = probes
        figures.add([frame(310, isReal: false)])
        #expect(isAbout(figures.inputToPresent?.max ?? 0, 21))
        figures.add([frame(720)])
        #expect(isAbout(figures.inputToPresent?.max ?? 0, 31))
    }

    @Test("changes in the pauses are counted, but not those that follow an answer soon, nor any of an unfinished pause")
    func pauses() {
        var probes = probes(sent: 300, 700, 1200)
        let frames = [
            frame(100), frame(299),  // the first pause, of 300 ms
            frame(310), frame(409),  // an answer, and what belongs to it
            frame(410), frame(500), frame(699),  // the second pause, of 290 ms
            frame(800), frame(950),  // the third, from 900 to 1200
            frame(1250), frame(1400), frame(1500),
        ]
        for frame in frames { probes.add([frame], committedBefore: 0) }
        #expect(probes.answered == 3)
        #expect(probes.changesInPauses == 6 && probes.pauseTime == (300 + 290 + 300) * Self.ms)
        #expect(abs((probes.rateInPauses ?? 0) - 6 / 0.89) < 1e-9)
        // The mean is 160 / 3 ms.
        #expect(abs((probes.doubtfulShare ?? 0) - 6 / 0.89 * 0.16 / 3) < 0.001)
        #expect(self.probes().rateInPauses == nil && self.probes(sent: 1).doubtfulShare == nil)
    }

    @Test(
        "of a guest that answers after 50 ms, and changes by itself as often as that, more than half of the answers are called doubtful"
    )
    func doubtful() {
        var probes = InputProbes(from: Self.start)
        for round in 1...50 as ClosedRange<UInt64> {
            let sent = round * 500
            probes.send(at: at(sent) + round * 999_983 % (50 * Self.ms))
            probes.add((0..<10).map { frame(sent - 500 + $0 * 50) }, committedBefore: at(sent) - 10 * Self.ms)
        }
        #expect(probes.doubtfulShare ?? 0 > 0.4 && probes.doubtfulShare ?? 2 <= 1)
    }

    @Test("times that no guest can have do no harm, and probes that nobody answers take no memory for long")
    func hostile() {
        var probes = probes(sent: 300, 1600)
        var liar = frame(310)
        liar.changedAt = .max
        probes.add([liar], committedBefore: at(312))
        #expect(probes.answered == 1 && isAbout(probes.inputToChange.max, 11))
        liar.changedAt = 0
        liar.presentedAt = 1
        probes.add([liar], committedBefore: at(5000))
        #expect(probes.answered == 1 && probes.unanswered == 1)
    }

    @Test("what became of each is known once, when it is known")
    func outcomes() {
        func outcome(_ sent: UInt64, _ changed: UInt64?, _ presented: UInt64?) -> InputProbes.Outcome {
            InputProbes.Outcome(sentAt: at(sent), changedAt: changed.map(at), presentedAt: presented.map(at))
        }
        var probes = probes(sent: 300, 700, 1200, 3000)
        probes.add([frame(320, .superseded)], committedBefore: at(400))
        #expect(probes.takeOutcomes() == [], "it isn't on screen yet")
        probes.add([frame(340), frame(710, .unreported)], committedBefore: at(2500))
        #expect(probes.takeOutcomes() == [outcome(300, 320, 351), outcome(700, 710, nil), outcome(1200, nil, nil)])
        #expect(probes.takeOutcomes() == [])
        probes.add([frame(3030, .superseded)], committedBefore: at(3100))
        probes.finish()
        #expect(probes.takeOutcomes() == [outcome(3000, 3030, nil)])
    }

    @Test("answers that no screen shows are forgotten after the 64th, and outcomes that nobody takes after the 1024th")
    func bounds() {
        var probes = InputProbes(from: Self.start)
        for round in 1...100 as ClosedRange<UInt64> {
            probes.send(at: at(round * 200))
            probes.add([frame(round * 200 + 10, .superseded)], committedBefore: at(round * 200 + 20))
        }
        probes.add([frame(30_000)], committedBefore: at(30_000))
        #expect(probes.answered == 100 && probes.inputToRealPresent.count == 64)
        let outcomes = probes.takeOutcomes()
        #expect(outcomes.count == 100 && outcomes.count { $0.presentedAt == nil } == 36)
        for round in 1...1100 as ClosedRange<UInt64> {
            probes.send(at: at(40_000 + round * 200))
            probes.add([frame(40_010 + round * 200)], committedBefore: at(40_020 + round * 200))
        }
        #expect(probes.takeOutcomes().count == 1024)
    }

    @Test("the figures have counts and times with probes, and none without")
    func figures() throws {
        func value(_ name: String, _ figures: RunFigures) throws -> Double? {
            try #require(Figure.named(name)).value(in: figures)
        }
        var figures = RunFigures()
        for name in ["probes.sent", "inputToChange.count", "inputToPresent.count", "inputToPresent.p50"] {
            #expect(try value(name, figures) == nil, "\(name)")
        }
        figures.probes = probes(sent: 300, 700)
        figures.probes?.add([frame(320), frame(500)], committedBefore: at(3000))
        figures.add([frame(320), frame(500)])
        #expect(try value("probes.sent", figures) == 2 && value("probes.answered", figures) == 1)
        #expect(try value("probes.unanswered", figures) == 1 && value("probes.changesInPauses", figures) == 1)
        #expect(try value("inputToChange.count", figures) == 1 && value("inputToPresent.count", figures) == 1)
        #expect(try isAbout(UInt64(value("inputToPresent.p50", figures) ?? 0), 31))
        #expect(try Assertion("inputToPresent.p99 <= 31ms").outcome(in: figures) == .holds)
        #expect(try Assertion("inputToPresent.p99 <= 30ms").isOfProbes && Assertion("probes.unanswered == 0").isOfProbes)
        #expect(try !Assertion("commitToPresent.p99 <= 31ms").isOfProbes)
    }

    @Test("the report says what they have shown, and what a reader must know of them")
    func report() throws {
        func report(_ probes: InputProbes?) -> Report {
            var figures = RunFigures()
            figures.probes = probes
            figures.add([frame(320), frame(500)])
            return Report(facts: [], figures: figures, timeline: Timeline(from: Self.start), partial: nil)
        }
        var mixed = probes(sent: 300, 700)
        mixed.add([frame(320), frame(500)], committedBefore: at(3000))
        let text = report(mixed).summary
        #expect(text.contains("\ninput to change   p50 19.99 ms") || text.contains("\ninput to change   p50 20.00 ms"), "\(text)")
        #expect(text.contains("\nprobes            2 sent, 1 answered, 1 not answered within 1 s\n"), "\(text)")
        #expect(text.contains("\n1 of 2 input events were not answered within 1 s. They are in no latency."))
        #expect(text.contains("\nBetween the input events the guest changed by itself, 1.72 Hz: about 3.4"), "\(text)")
        let page = HTMLReport(report(mixed), title: "guest").text
        #expect(page.contains("An input event changed the guest's picture after ") && page.contains("inputToPresent.p99"))
        var dumb = probes(sent: 300)
        dumb.add([], committedBefore: at(3000))
        #expect(
            report(dumb).remarks.contains(
                "No input event was answered: the guest's picture doesn't change with this input, or only its cursor plane does.")
        )
        #expect(report(probes()).remarks.contains { $0.hasPrefix("No input event was sent") })
        #expect(
            !report(nil).summary.contains("input")
                && !HTMLReport(report(nil), title: "guest").text.contains("An input event changed"))
    }
}
