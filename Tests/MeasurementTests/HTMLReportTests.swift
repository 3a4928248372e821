// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import FoundationXML
import Glibc
import PlaneImage
import Planes
import TestSupport
import Testing

@testable import Measurement

@Suite("A report's page")
struct HTMLReportTests {
    static let hostile =
        "<script>alert(1)</script> \"q\" 'a' &amp; \u{1}\u{7F}\u{202E}\u{2066}\u{200B}\u{FFFE}\u{2028}end"

    // MARK: What is on it

    @Test("has every figure under its name, each plot with a label, and headings and tables that can be read aloud")
    func content() throws {
        let report = MadeUpRun(seconds: 20).report
        let page = try Page(report)
        #expect(
            page.elements("svg").filter { $0["role"] == "img" }.compactMap { $0["aria-label"] }.map { $0.prefix(9) } == [
                "How long ", "Time betw", "Present m", "Histogram", "How many ",
            ])
        #expect(page.elements("h1").count == 1 && page.elements("h2").count == 5 && page.elements("h3").count == 5)
        #expect(page.elements("th").allSatisfy { ["row", "col"].contains($0["scope"]) })
        let cells = Dictionary(page.elements("td").compactMap { cell in cell["title"].map { ($0, cell.text) } }) { $1 }
        for figure in Figure.all {
            let value = figure.value(in: report.figures).map(figure.unit.text) ?? "–"
            if let cell = cells[figure.name] {
                #expect(cell == value, "\(figure.name)")
            } else {
                #expect(page.rows.contains([figure.name, value]), "\(figure.name)")
            }
        }
        #expect(page.text.contains("read straight from the guest's buffers"))
        #expect(page.rows.contains(["kernel", "6.12"]) && page.rows.contains(["formats", "XR24, AR24"]))
        #expect(page.rows.contains(["scale", "1.5"]) && page.rows.contains(["nested", "a: yes, b: unknown"]))
    }

    @Test("is the same for the same report")
    func deterministic() {
        #expect(
            HTMLReport(MadeUpRun(seconds: 5).report, title: "t").text == HTMLReport(MadeUpRun(seconds: 5).report, title: "t").text
        )
    }

    @Test("allows itself to load nothing, and names nothing that could be loaded")
    func policy() throws {
        let page = try Page(MadeUpRun(seconds: 5).report)
        let metas = page.elements("meta")
        #expect(metas.contains { $0["content"] == "default-src 'none'; style-src 'unsafe-inline'" })
        for word in ["<script", "src=", "href=", "url(", "@import", "http:", "https:"] {
            let found = page.source.replacingOccurrences(of: "http://www.w3.org/1999/xhtml", with: "").contains(word)
            #expect(!found, "\(word)")
        }
    }

    @Test("says that it is partial, and what kind of output it is about")
    func banners() throws {
        let whole = try Page(MadeUpRun(seconds: 5).report)
        #expect(!whole.text.contains("Partial:") && !whole.text.contains("virtual output") && whole.text.contains("real screen"))
        var virtual = MadeUpRun(seconds: 5, flags: []).report
        virtual.partial = "the compositor is gone"
        let page = try Page(virtual)
        #expect(page.text.contains("Partial: the compositor is gone"))
        #expect(
            page.elements("p").first { $0["class"] == "about" }?.text == "5 s measured · virtual output · refreshed at 60.00 Hz")
        #expect(page.elements("h3").allSatisfy { $0.text.hasSuffix("(virtual output)") })
        #expect(page.text.contains("The output is virtual"), "its remark")
    }

    // MARK: Hostile text

    @Test("shows a hostile name as text, and leaves out what is invisible or turns the order around")
    func hostileText() throws {
        var report = MadeUpRun(seconds: 2).report
        report.facts = [(Self.hostile, [(Self.hostile, .string(Self.hostile)), ("list", .array([.string(Self.hostile)]))])]
        report.partial = Self.hostile
        report.remarks = [Self.hostile]
        let page = try Page(report, title: Self.hostile)
        let shown = "<script>alert(1)</script> \"q\" 'a' &amp; \u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}end"
        #expect(page.elements("h1").map(\.text) == [shown])
        #expect(page.elements("title").first?.text == shown + " – Oriel")
        #expect(page.elements("caption").contains { $0.text == shown })
        #expect(page.rows.contains([shown, shown]) && page.rows.contains(["list", shown]))
        #expect(page.text.contains("Partial: \(shown)"))
        #expect(page.elements("li").contains { $0.text == shown })
        #expect(page.elements("script").isEmpty && !page.source.contains("<script"))
        let bad = page.source.unicodeScalars.filter {
            $0.properties.generalCategory == .format || ($0.properties.generalCategory == .control && $0 != "\n")
        }
        #expect(bad.isEmpty)
    }

    @Test("stays small whatever it is told, and says what it left out")
    func bounded() throws {
        // Each column has all modes, and many frames are stalls.
        var frames = MadeUpRun(seconds: 60).frames.filter { $0.generation % 16 < 9 }
        for index in frames.indices {
            frames[index].fate = [.presented, .superseded, .discarded, .unreported][index % 9 / 2 % 4]
        }
        for index in frames.indices where index % 4 == 1 { frames[index].flags = .verticalSync }
        var report = MadeUpRun(frames: frames).report
        #expect(report.figures.screen.stallCount > 200)
        let long = String(repeating: "\"", count: 200_000)
        report.facts = (0..<40).map { group in
            ("group \(group) \(long)", (0..<50).map { ("\($0) \(long)", JSON.array(Array(repeating: .string(long), count: 3))) })
        }
        report.remarks = Array(repeating: long, count: 100)
        report.partial = long
        let page = try Page(report, title: long)
        #expect(page.source.utf8.count < 1_000_000)
        #expect(page.text.contains("1850 more facts are in report.json"))
        #expect(page.text.contains("\(report.figures.screen.stallCount - 200) more stalls aren't listed"))
        #expect(page.elements("h1").first.map { $0.text.hasSuffix("…") && $0.text.count == 121 } == true)
        report.facts = [("g", [("n", .string("e" + String(repeating: "\u{301}", count: 100) + "!"))])]
        #expect(try Page(report).rows.contains(["n", "e\u{301}\u{301}!"]), "marks that would cover other lines")
    }

    // MARK: Plots

    @Test("ten minutes at 240 Hz are some hundred kilobytes in which the one late frame is seen")
    func outlier() throws {
        let page = try Page(MadeUpRun.long.report)
        #expect(page.source.utf8.count < 400_000)
        let bands = page.bands(of: 0)
        #expect(bands.count > 200 && bands.count <= 280)
        let usual = bands.map(\.top).sorted()[bands.count / 2]
        let outstanding = bands.filter { $0.top < usual - 50 }
        #expect(outstanding.count == 1 && outstanding[0].title.contains("to 3 s, mean"), "\(outstanding)")
        #expect(abs(outstanding[0].left - (58 + 820 / 2)) < 8, "it was in the middle of the run")
        let bars = page.elements("rect").filter { $0.title?.hasSuffix(": 1 frame") == true }
        #expect(bars.count == 1 && bars.allSatisfy { $0.number("height") == 2 }, "\(bars)")
        #expect(page.text.contains("Duration (logarithmic)"))
    }

    @Test("a time without frames is a gap, after the last frame as well")
    func gaps() throws {
        let frames = MadeUpRun(seconds: 2).frames + MadeUpRun(seconds: 2, from: 3).frames
        let page = try Page(MadeUpRun(frames: frames, seconds: 10).report)
        let ends = page.bands(of: 0).map { ($0.left, $0.left + $0.width) }
        let second = 820 / 10.0
        for (left, right) in ends {
            #expect(right < 58 + 2.2 * second || left > 58 + 2.9 * second, "\(left) to \(right)")
            #expect(right < 58 + 5.2 * second)
        }
        let lines = page.elements("path").filter { $0["class"] == "mean" }.map { $0["d"]!.filter { $0 == "M" }.count }
        #expect(lines == [2, 2], "each line is broken once")
        let modes = page.elements("rect").filter { $0["class"] == "scanned-out" && $0["height"] != "10" }
        #expect(modes.count == 2, "equal neighbours are one, and the gap divides them")
    }

    @Test("each present mode that occurred is in the plot and in its legend, however rare")
    func modes() throws {
        var frames = MadeUpRun(seconds: 30).frames
        frames[100].fate = .superseded
        frames[200].fate = .discarded
        frames[300].fate = .unreported
        frames[400].flags = [.verticalSync]
        let page = try Page(MadeUpRun(frames: frames).report)
        for mode in PresentMode.allCases {
            let drawn = page.elements("rect").filter { $0["class"] == mode.rawValue }
            #expect(drawn.count >= 2 && drawn.allSatisfy { $0.number("height") >= 2 }, "\(mode)")
            #expect(page.elements("li").contains { $0.text.hasPrefix(mode.rawValue) })
        }
        let heights = page.groups.filter { $0.title.contains("1 superseded") }.map {
            $0.rects.map { $0.number("height") }.reduce(0, +)
        }
        #expect(heights.count == 1 && abs(heights[0] - 174) < 0.3, "the parts of a column fill it: \(heights)")
        #expect(try !Page(MadeUpRun(seconds: 5).report).text.contains("superseded 0"))
    }

    @Test("thirty pictures a second on a 60 Hz screen stay for two refreshes each, beside the line of one")
    func refreshes() throws {
        let page = try Page(MadeUpRun(seconds: 10, every: 2).report)
        #expect(page.bars.map(\.title) == ["299 frames stayed for 2 refreshes"])
        #expect(page.text.contains("1 refresh, 16.67 ms"))
        let stalled = try Page(MadeUpRun(frames: MadeUpRun(seconds: 2).frames + MadeUpRun(seconds: 2, from: 3).frames).report)
        #expect(stalled.bars.map(\.title) == ["238 frames stayed for 1 refresh", "1 frame stayed for ≥ 16 refreshes"])
        #expect(stalled.rows.contains(["2.000 s", "1.02 s"]), "\(stalled.rows)")
        #expect(stalled.text.contains("The picture stood still for 100 ms or more once, at most for 1.02 s."))
    }

    @Test("the histogram's percentiles are where the axis has them")
    func percentiles() throws {
        let run = MadeUpRun(seconds: 20)
        let page = try Page(run.report)
        for (name, percentile) in [("p50", 50.0), ("p95", 95), ("p99", 99)] {
            let value = run.report.figures.screen.changeToPresent.percentile(percentile)
            let mark = try #require(page.elements("text").first { $0.text == "\(name) \(PlotAxis.duration(value))" })
            let scale = PlotAxis.durations(
                least: 0, typical: value, most: run.report.figures.screen.changeToPresent.max)
            let place = 58 + scale.place(Double(value)) * (440 - 22 - 58)
            #expect(abs(abs(mark.number("x") - place) - 5) < 0.2)
        }
    }

    // MARK: Runs without much in them

    @Test("a run with nothing to show says so, without empty axes")
    func empty() throws {
        let nothing = try Page(MadeUpRun(frames: [], seconds: 5).report, title: "")
        #expect(nothing.elements("svg").isEmpty && nothing.text.contains("Nothing was measured: no frame was committed."))
        #expect(nothing.elements("h1").map(\.text) == ["Untitled"])

        var frames = MadeUpRun(seconds: 1).frames
        for index in frames.indices { frames[index].fate = .unreported }
        let unreported = try Page(MadeUpRun(frames: frames).report)
        #expect(unreported.text.contains("60 frames committed, and none was reported as presented."))
        #expect(unreported.plots.map { $0["aria-label"] } == ["Present mode over time: unreported 100.00 %"])
        #expect(unreported.elements("dl").isEmpty)

        let one = try Page(MadeUpRun(frames: [MadeUpRun(seconds: 1).frames[0]]).report)
        #expect(one.plots.count == 1 && one.text.contains("Only one frame was reported as presented"))

        var unknown = MadeUpRun(seconds: 1).frames
        for index in unknown.indices { (unknown[index].refreshInterval, unknown[index].sequence) = (0, 0) }
        let page = try Page(MadeUpRun(frames: unknown).report)
        #expect(page.plots.count == 4 && page.text.contains("Missed refreshes can't be counted"))
        #expect(!page.text.contains("1 refresh,"))

        for page in [nothing, unreported, one, page] {
            // As a word: a figure's name has «unanswered» in it.
            #expect(page.source.lowercased().firstMatch(of: #/\bnan\b/#) == nil)
            for word in ["inf\"", "=\"-", " inf "] { #expect(!page.source.lowercased().contains(word), "\(word)") }
        }
    }

    @Test("an axis has few ticks, ends at or beyond its longest duration, and copes with the shortest and the longest")
    func axes() {
        for least in [1, 900, 20_000, 7_000_000, 59_000_000_000] as [UInt64] {
            for factor in [1, 2, 7, 9, 100, 1_000_000] as [UInt64] {
                let most = min(least * factor, 60_000_000_000)
                let axis = PlotAxis.durations(least: least, typical: least, most: most)
                #expect((2...12).contains(axis.ticks.count), "\(least) \(factor): \(axis.ticks.map(\.label))")
                #expect(axis.upper >= Double(most) && axis.isLogarithmic == (factor > 8 && most > 10_000 && most > 8 * least))
                #expect(axis.place(Double(most)) <= 1 && axis.place(0) == 0 && axis.place(axis.upper) == 1)
                #expect(Set(axis.ticks.map(\.label)).count == axis.ticks.count)
            }
        }
        for seconds in [0, 0.01, 1, 119, 121, 600, 7200, 90_000] {
            let axis = PlotAxis.time(UInt64(seconds * 1e9))
            #expect((1...11).contains(axis.ticks.count) && axis.ticks.last!.value <= axis.upper * 1.000_001, "\(seconds)")
        }
        #expect(PlotAxis.counts(most: 3).ticks.map(\.label) == ["0", "1", "2", "3"])
        #expect(PlotAxis.counts(most: 1_234_567).ticks.map(\.label).last == "1,500,000")
    }

    @Test("a histogram counts what lies between edges, and what lies beyond them at the ends")
    func counts() {
        var histogram = LatencyHistogram(.threeDigits)
        for value in [5, 10, 11, 19, 20, 500] as [UInt64] { histogram.record(nanoseconds: value) }
        #expect(histogram.counts(between: [10, 20, 30]) == [4, 2])
        #expect(histogram.counts(between: [10]) == [])
        #expect(LatencyHistogram().counts(between: [1, 2, 3]) == [0, 0])
    }
}

/// A page as a strict parser understands it.
private final class Page: NSObject, XMLParserDelegate {
    final class Element: CustomStringConvertible {
        let name: String
        let attributes: [String: String]
        var text = ""
        var children: [Element] = []

        init(_ name: String, _ attributes: [String: String]) { (self.name, self.attributes) = (name, attributes) }

        subscript(name: String) -> String? { attributes[name] }
        func number(_ name: String) -> Double { Double(attributes[name] ?? "") ?? .nan }
        var title: String? { children.first { $0.name == "title" }?.text }
        var description: String { "<\(name) \(attributes)>\(text)" }
    }

    let source: String
    private var all: [Element] = []
    private var open: [Element] = []

    init(_ report: Report, title: String = "a guest") throws {
        source = HTMLReport(report, title: title).text
        super.init()
        let parser = XMLParser(data: Data(source.utf8))
        parser.delegate = self
        guard parser.parse() else {
            throw TestSupportError("line \(parser.lineNumber): \(parser.parserError.map { "\($0)" } ?? "no XML")")
        }
    }

    func parser(
        _: XMLParser, didStartElement name: String, namespaceURI _: String?, qualifiedName _: String?,
        attributes: [String: String]
    ) {
        let element = Element(name, attributes)
        open.last?.children.append(element)
        all.append(element)
        open.append(element)
    }

    func parser(_: XMLParser, foundCharacters text: String) { for element in open { element.text += text } }
    func parser(_: XMLParser, didEndElement _: String, namespaceURI _: String?, qualifiedName _: String?) { open.removeLast() }

    func elements(_ name: String) -> [Element] { all.filter { $0.name == name } }
    var text: String { all.first { $0.name == "main" }!.text }
    var plots: [Element] { elements("svg").filter { $0["role"] == "img" } }
    /// The cells of each table's row.
    var rows: [[String]] { elements("tr").map { $0.children.map(\.text) } }
    /// The bars of the plot of refreshes.
    var bars: [(title: String, height: Double)] {
        elements("rect").filter { $0.title?.contains(" stayed for ") == true }.map { ($0.title!, $0.number("height")) }
    }
    var groups: [(title: String, rects: [Element])] {
        elements("g").compactMap { group in group.title.map { ($0, group.children.filter { $0.name == "rect" }) } }
    }
    /// The ranges in a plot over time, from left to right.
    func bands(of plot: Int) -> [(left: Double, width: Double, top: Double, title: String)] {
        let columns = elements("g").filter { $0["class"] == "columns" }
        guard plot < columns.count else { return [] }
        return columns[plot].children.compactMap { group in
            group.children.first { $0["class"] == "band" }.map {
                ($0.number("x"), $0.number("width"), $0.number("y"), group.title ?? "")
            }
        }
    }
}
