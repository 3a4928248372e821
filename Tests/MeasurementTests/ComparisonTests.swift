// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import System
import Testing

@testable import Measurement

@Suite("The bootstrap of a ratio")
struct BootstrapTests {
    /// Values around a mean, with normally distributed noise of a relative size.
    private static func sample(_ mean: Double, noise: Double, count: Int, _ generator: inout SplitMix64) -> [Double] {
        (0..<count).map { _ in
            let sum = (0..<12).reduce(0.0) { sum, _ in sum + Double(generator.next() >> 11) / 0x1p53 }
            return mean * (1 + noise * (sum - 6))
        }
    }

    @Test("equal samples have the ratio 1, and an interval around it")
    func equal() throws {
        let values = [9.0, 10, 11, 10, 9, 12, 8, 10]
        let bootstrap = try #require(Bootstrap(values, to: values))
        #expect(bootstrap.ratio == 1 && bootstrap.interval.contains(1))
        #expect(bootstrap.interval.lowerBound < 0.99 && bootstrap.interval.upperBound > 1.01)
        let constant = try #require(Bootstrap([5, 5, 5, 5, 5], to: [4, 4, 4, 4, 4]))
        #expect(constant.ratio == 1.25 && constant.interval == 1.25...1.25)
    }

    @Test("is the same each time")
    func deterministic() {
        #expect(Bootstrap([1, 2, 3, 4, 5], to: [2, 3, 4, 5, 9]) == Bootstrap([1, 2, 3, 4, 5], to: [2, 3, 4, 5, 9]))
    }

    @Test("a difference of 10 % in 20 blocks with 3 % of noise is seen, and its size is in the interval")
    func difference() throws {
        var generator = SplitMix64(seed: 1)
        for _ in 0..<20 {
            let slow = Self.sample(11, noise: 0.03, count: 20, &generator),
                fast = Self.sample(10, noise: 0.03, count: 20, &generator)
            let bootstrap = try #require(Bootstrap(slow, to: fast))
            #expect(bootstrap.interval.lowerBound > 1.05 && bootstrap.interval.upperBound < 1.15)
        }
    }

    @Test("where there is no difference, one is seen in about 5 of 100 cases, also with few blocks", arguments: [5, 8, 20])
    func coverage(blocks: Int) throws {
        var generator = SplitMix64(seed: UInt64(blocks)), seen = 0
        for _ in 0..<300 {
            let bootstrap = try #require(
                Bootstrap(
                    Self.sample(10, noise: 0.05, count: blocks, &generator),
                    to: Self.sample(10, noise: 0.05, count: blocks, &generator)
                ))
            if !bootstrap.interval.contains(1) { seen += 1 }
        }
        #expect(seen > 0 && seen < 27, "\(seen) of 300")
    }

    @Test("with fewer than five values on a side nothing is said")
    func few() {
        let enough = [1.0, 2, 3, 4, 5]
        #expect(Bootstrap([1, 2, 3, 4], to: enough) == nil && Bootstrap(enough, to: [1, 2, 3, 4]) == nil)
        #expect(Bootstrap(enough, to: enough) != nil && Bootstrap([], to: []) == nil)
    }

    @Test("nothing is as much as nothing, and infinitely less than something")
    func zeros() throws {
        let none = [0.0, 0, 0, 0, 0], some = [1.0, 1, 1, 1, 1]
        #expect(Bootstrap(none, to: none) == Bootstrap(some, to: some))
        let more = try #require(Bootstrap(some, to: none))
        #expect(more.ratio == .infinity && !more.interval.contains(1))
        #expect(try #require(Bootstrap(none, to: some)).interval == 0...0)
    }

    @Test("Student's t is that of the tables")
    func student() {
        for (degrees, value) in [(4.0, 2.776), (9, 2.262), (19, 2.093), (1000, 1.962)] {
            #expect(abs(Bootstrap.student(degrees: degrees) - value) < 0.01, "\(degrees)")
        }
        #expect(Bootstrap.outside(blocks: 5) < Bootstrap.outside(blocks: 20))
        #expect(abs(Bootstrap.outside(blocks: 3600) - 0.025) < 0.0005)
    }
}

@Suite("A comparison")
struct ComparisonTests {
    private func blocks(
        _ values: [Double], _ path: Statistics.Path? = nil, _ screen: MeasuredBlock.Screen = .virtual,
        of figure: ComparedFigure = .presentRate
    ) -> [MeasuredBlock] {
        values.map { value in MeasuredBlock(screen, way: path.map(ComparedWay.init)) { $0 == figure ? value : nil }! }
    }

    @Test("compares each rung with the first, and says of each figure what is seen")
    func rungs() throws {
        let all =
            blocks([60, 60, 59, 60, 60], .dmabuf) + blocks([30, 31, 30, 30, 29], .copy)
            + blocks([60, 59, 60, 60, 60], .sharedMemory)
        var generator = SplitMix64(seed: 1)
        let comparisons = Comparison.of(
            [.dmabuf, .sharedMemory, .copy].map(ComparedWay.init), in: all.shuffled(using: &generator))
        #expect(comparisons.map(\.subject) == ["shared-memory", "copy"] && comparisons.allSatisfy { $0.reference == "dmabuf" })
        #expect(comparisons[0][.presentRate].verdict == .noDifference && comparisons[1][.presentRate].verdict == .lower)
        #expect(comparisons[1][.presentRate].subject == 30 && comparisons[1][.zeroCopyShare].verdict == .unknown)
        let lines = comparisons[1].lines
        #expect(lines[0] == "copy compared with dmabuf: 5 and 5 blocks, \(Comparison.method)")
        #expect(
            lines[5].hasPrefix("  presentRate           30.00 Hz against 59.80 Hz, ratio 0.502 (0.4")
                && lines[5].hasSuffix("): lower"))
        #expect(
            lines[6] == "  zeroCopyShare         unknown against unknown: nothing can be said: too few blocks" && lines.count == 8
        )
        #expect(comparisons[0].lines[5].hasSuffix("): no difference seen"))
    }

    @Test("two samples that are too small say that nothing can be said, with their means")
    func few() {
        let comparison = Comparison(of: blocks([30, 30]), named: "now", with: blocks([60, 60, 60, 60, 60]), named: "then")
        #expect(comparison[.presentRate].verdict == .unknown && comparison[.presentRate].subject == 30)
        #expect(comparison.lines.count == 1 && comparison.lines[0].hasSuffix("95 %: nothing can be said: too few blocks"))
    }

    @Test("never has a virtual output's blocks beside a real screen's")
    func screens() {
        let real = blocks([60, 60, 60, 60, 60], nil, .real)
        let mixed = real + blocks([1, 1], nil, .virtual) + blocks([0], nil, .none)
        let comparison = Comparison(of: mixed, named: "now", with: real, named: "then")
        #expect(comparison.subjectBlocks.count == 6 && comparison[.presentRate].subject == 50)
        let other = Comparison(of: blocks([60, 60, 60, 60, 60]), named: "now", with: real, named: "then")
        #expect(other.subjectBlocks.isEmpty && other[.presentRate].verdict == .unknown)
    }

    @Test("is in the report, as JSON without numbers that JSON hasn't, and as a table; a name on it is text")
    func report() throws {
        var report = Report(facts: [], figures: RunFigures(), timeline: Timeline(from: 0), partial: nil)
        func parsed() throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(report.json.text.utf8)) as? [String: Any])
        }
        #expect(try parsed()["comparison"] is NSNull && parsed()["blocks"] is NSNull)
        report.blocks = blocks([60, 59.5])
        report.comparisons = [
            Comparison(
                of: blocks([1, 1, 1, 1, 1], of: .zeroCopyShare), named: "this run",
                with: blocks([0, 0, 0, 0, 0], of: .zeroCopyShare), named: "<b>")
        ]
        let columns = try #require(try parsed()["blocks"] as? [String: [Any]])
        #expect(columns["screens"] as? [String] == ["virtual", "virtual"] && columns["presentRate"] as? [Double] == [60, 59.5])
        #expect(columns.count == ComparedFigure.allCases.count + 1 && columns["cpuPerFrame"]?[1] is NSNull)
        let comparison = try #require((try parsed()["comparison"] as? [[String: Any]])?.first)
        #expect(comparison["reference"] as? String == "<b>" && comparison["blocks"] as? [Int] == [5, 5])
        let share = try #require((comparison["figures"] as? [String: [String: Any]])?["zeroCopyShare"])
        #expect(share["verdict"] as? String == "higher" && share["ratio"] is NSNull && share["subject"] as? Int == 1)
        let page = HTMLReport(report, title: "t").text
        #expect(page.contains("this run compared with &lt;b&gt;: 5 and 5 blocks") && !page.contains("<b>"))
        #expect(page.contains("<td>100.00 %</td><td>0.00 %</td><td>inf</td><td>inf to inf</td><td>higher</td>"))
        #expect(report.summary.contains("\nthis run compared with <b>: 5 and 5 blocks"))
    }

    @Test("has its ratios in assertions, which need an earlier run")
    func assertions() throws {
        let earlier = blocks([50, 50, 50, 50, 50])
        let comparison = Comparison(of: blocks([60, 60, 60, 60, 60]), named: "now", with: earlier, named: "then")
        func outcome(_ text: String) throws -> Assertion.Outcome {
            let assertion = try Assertion(text)
            #expect(assertion.isOfRatio)
            return assertion.outcome(in: RunFigures(), ratios: comparison)
        }
        #expect(try outcome("ratio.presentRate >= 1.2") == .holds && outcome("ratio.presentRate <= 120 %") == .holds)
        #expect(try outcome("ratio.presentRate < 1.2") == .fails("ratio.presentRate < 1.2: it is 1.200"))
        #expect(try outcome("ratio.cpuPerFrame < 2") == .fails("ratio.cpuPerFrame < 2: the run has no ratio.cpuPerFrame"))
        #expect(try !Assertion("presentRate > 1").isOfRatio)
        let fault = #expect(throws: Assertion.Fault.self) { _ = try Assertion("ratio.p50 < 1") }
        #expect(fault?.description.hasPrefix("there is no figure 'ratio.p50': use one of ratio.commitToPresent.p50, ") == true)
        #expect(throws: Assertion.Fault.self) { _ = try Assertion("ratio.presentRate < 1ms") }
    }
}

@Suite("The blocks of a run")
struct BlockSeriesTests {
    private func screen(
        frames: Range<UInt64>, path: Statistics.Path = .dmabuf, flags: FrameRecord.Flags = [.verticalSync, .zeroCopy]
    ) -> [FrameRecord] {
        var screen = ScriptedScreen()
        screen.flags = flags
        for frame in frames { screen.draw(at: frame * ScriptedScreen.refresh) }
        return screen.frames.map { frame in
            var frame = frame
            frame.path = path
            return frame
        }
    }

    private func time(_ frame: UInt64) -> UInt64 { ScriptedScreen.start + frame * ScriptedScreen.refresh }

    @Test("have the figures of their own frames, from before they began to after they ended")
    func figures() throws {
        var series = BlockSeries()
        series.begin(at: time(10), processorTime: 1_000_000)
        series.end(at: time(20), processorTime: 3_000_000)
        series.begin(at: time(20), processorTime: 3_000_000)
        series.add(screen(frames: 0..<15))
        #expect(series.blocks.isEmpty)
        series.add(screen(frames: 15..<25, flags: [.verticalSync]))
        #expect(series.blocks.count == 1)
        series.finish()
        let block = try #require(series.blocks.first)
        #expect(series.blocks.count == 1 && block.screen == .real && block.way == nil && series.foreign == 0)
        #expect(abs(try #require(block[.presentRate]) - 60) < 0.001 && block[.zeroCopyShare] == 0.5)
        #expect(block[.processorTimePerFrame] == 200_000)
        #expect(block[.commitToPresentMedian] == 15_666_667 && block[.changeToPresentTail] == 16_666_667)
    }

    @Test("a percentile is a value that was there: the median of ten is the fifth, and the 99th percentile the last")
    func percentiles() throws {
        var tally = BlockTally()
        var frames = screen(frames: 0..<10)
        for index in frames.indices { frames[index].presentedAt = frames[index].committedAt + UInt64(index + 1) }
        for frame in frames.reversed() { tally.add(frame) }
        let block = tally.block(way: nil, duration: 1_000_000_000, processorTime: nil)
        #expect(block[.commitToPresentMedian] == 5 && block[.commitToPresentTail] == 10)
        #expect(block[.processorTimePerFrame] == nil && block[.presentRate] == 10)
    }

    @Test("one with a frame on another rung than the forced one never counts")
    func foreign() {
        var series = BlockSeries()
        for block in 0..<3 as Range<UInt64> {
            series.begin(at: time(block * 10), way: ComparedWay(.copy), processorTime: 0)
            series.end(at: time(block * 10 + 10), processorTime: 0)
        }
        series.add(screen(frames: 0..<10, path: .copy) + screen(frames: 10..<19, path: .copy))
        series.add(screen(frames: 19..<20, path: .dmabuf) + screen(frames: 20..<30, path: .copy))
        series.finish()
        #expect(series.blocks.count == 2 && series.foreign == 1 && series.blocks.allSatisfy { $0.way?.path == .copy })
    }

    @Test("frames between two blocks are in neither, and one without frames has no latency but a rate")
    func gaps() {
        var series = BlockSeries()
        series.begin(at: time(0), processorTime: nil)
        series.end(at: time(5), processorTime: 7)
        series.begin(at: time(10), processorTime: nil)
        series.end(at: time(15), processorTime: nil)
        series.add(screen(frames: 5..<10))
        series.complete(before: time(14))
        #expect(series.blocks.count == 1)
        series.complete(before: time(15))
        #expect(series.blocks.count == 2)
        for block in series.blocks {
            #expect(block.screen == .none && block[.presentRate] == 0 && block[.commitToPresentMedian] == nil)
            #expect(block[.zeroCopyShare] == nil && block[.processorTimePerFrame] == nil)
        }
    }

    @Test("a compositor that reports nothing hasn't shown nothing, and virtual frames aren't mixed with real ones")
    func unknown() {
        var silent = BlockTally(), mixed = BlockTally()
        var unreported = screen(frames: 0..<1)[0]
        unreported.fate = .unreported
        silent.add(unreported)
        #expect(silent.block(way: nil, duration: 1, processorTime: 5)[.presentRate] == nil)
        #expect(silent.block(way: nil, duration: 1, processorTime: 5)[.processorTimePerFrame] == 5)
        for frame in screen(frames: 0..<2) + screen(frames: 2..<10, flags: []) { mixed.add(frame) }
        let block = mixed.block(way: nil, duration: 1_000_000_000, processorTime: nil)
        #expect(block.screen == .real && block[.presentRate] == 2 && block[.zeroCopyShare] == 1)
    }

    @Test("there are no more than an hour's")
    func bound() {
        var series = BlockSeries()
        for second in 0..<4000 as Range<UInt64> {
            series.begin(at: second, processorTime: nil)
            series.end(at: second + 1, processorTime: nil)
            if second % 100 == 0 { series.complete(before: second) }
        }
        series.finish()
        #expect(series.blocks.count == BlockSeries.most)
    }

    @Test("values that no figure can have make no block", arguments: [-1, .nan, .infinity, 1e16, 1.01])
    func values(value: Double) {
        #expect(MeasuredBlock(.real) { $0 == .zeroCopyShare ? value : nil } == nil)
        #expect((MeasuredBlock(.real) { $0 == .presentRate ? value : nil } == nil) == (value != 1.01))
    }
}
