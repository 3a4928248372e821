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
    private static let hostile =
        "<script>alert(1)</script> \"q\" 'a' &amp; \u{1}\u{7F}\u{202E}\u{2066}\u{200B}\u{FFFE}\u{2028}end"

    // MARK: What is on it

    @Test("has every figure under its name, each plot with a label, and headings and tables that can be read aloud")
    func content() throws {
        let report = Run(seconds: 20).report
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
        #expect(HTMLReport(Run(seconds: 5).report, title: "t").text == HTMLReport(Run(seconds: 5).report, title: "t").text)
    }

    @Test("allows itself to load nothing, and names nothing that could be loaded")
    func policy() throws {
        let page = try Page(Run(seconds: 5).report)
        let metas = page.elements("meta")
        #expect(metas.contains { $0["content"] == "default-src 'none'; style-src 'unsafe-inline'" })
        for word in ["<script", "src=", "href=", "url(", "@import", "http:", "https:"] {
            let found = page.source.replacingOccurrences(of: "http://www.w3.org/1999/xhtml", with: "").contains(word)
            #expect(!found, "\(word)")
        }
    }

    @Test("says that it is partial, and what kind of output it is about")
    func banners() throws {
        let whole = try Page(Run(seconds: 5).report)
        #expect(!whole.text.contains("Partial:") && !whole.text.contains("virtual output") && whole.text.contains("real screen"))
        var virtual = Run(seconds: 5, flags: []).report
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
        var report = Run(seconds: 2).report
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
        var frames = Run(seconds: 60).frames.filter { $0.generation % 16 < 9 }
        for index in frames.indices {
            frames[index].fate = [.presented, .superseded, .discarded, .unreported][index % 9 / 2 % 4]
        }
        for index in frames.indices where index % 4 == 1 { frames[index].flags = .verticalSync }
        var report = Run(frames: frames).report
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
        let page = try Page(Run.long.report)
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
        let frames = Run(seconds: 2).frames + Run(seconds: 2, from: 3).frames
        let page = try Page(Run(frames: frames, seconds: 10).report)
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
        var frames = Run(seconds: 30).frames
        frames[100].fate = .superseded
        frames[200].fate = .discarded
        frames[300].fate = .unreported
        frames[400].flags = [.verticalSync]
        let page = try Page(Run(frames: frames).report)
        for mode in PresentMode.allCases {
            let drawn = page.elements("rect").filter { $0["class"] == mode.rawValue }
            #expect(drawn.count >= 2 && drawn.allSatisfy { $0.number("height") >= 2 }, "\(mode)")
            #expect(page.elements("li").contains { $0.text.hasPrefix(mode.rawValue) })
        }
        let heights = page.groups.filter { $0.title.contains("1 superseded") }.map {
            $0.rects.map { $0.number("height") }.reduce(0, +)
        }
        #expect(heights.count == 1 && abs(heights[0] - 174) < 0.3, "the parts of a column fill it: \(heights)")
        #expect(try !Page(Run(seconds: 5).report).text.contains("superseded 0"))
    }

    @Test("thirty pictures a second on a 60 Hz screen stay for two refreshes each, beside the line of one")
    func refreshes() throws {
        let page = try Page(Run(seconds: 10, every: 2).report)
        #expect(page.bars.map(\.title) == ["299 frames stayed for 2 refreshes"])
        #expect(page.text.contains("1 refresh, 16.67 ms"))
        let stalled = try Page(Run(frames: Run(seconds: 2).frames + Run(seconds: 2, from: 3).frames).report)
        #expect(stalled.bars.map(\.title) == ["238 frames stayed for 1 refresh", "1 frame stayed for ≥ 16 refreshes"])
        #expect(stalled.rows.contains(["2.000 s", "1.02 s"]), "\(stalled.rows)")
        #expect(stalled.text.contains("The picture stood still for 100 ms or more once, at most for 1.02 s."))
    }

    @Test("the histogram's percentiles are where the axis has them")
    func percentiles() throws {
        let run = Run(seconds: 20)
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
        let nothing = try Page(Run(frames: [], seconds: 5).report, title: "")
        #expect(nothing.elements("svg").isEmpty && nothing.text.contains("Nothing was measured: no frame was committed."))
        #expect(nothing.elements("h1").map(\.text) == ["Untitled"])

        var frames = Run(seconds: 1).frames
        for index in frames.indices { frames[index].fate = .unreported }
        let unreported = try Page(Run(frames: frames).report)
        #expect(unreported.text.contains("60 frames committed, and none was reported as presented."))
        #expect(unreported.plots.map { $0["aria-label"] } == ["Present mode over time: unreported 100.00 %"])
        #expect(unreported.elements("dl").isEmpty)

        let one = try Page(Run(frames: [Run(seconds: 1).frames[0]]).report)
        #expect(one.plots.count == 1 && one.text.contains("Only one frame was reported as presented"))

        var unknown = Run(seconds: 1).frames
        for index in unknown.indices { (unknown[index].refreshInterval, unknown[index].sequence) = (0, 0) }
        let page = try Page(Run(frames: unknown).report)
        #expect(page.plots.count == 4 && page.text.contains("Missed refreshes can't be counted"))
        #expect(!page.text.contains("1 refresh,"))

        for page in [nothing, unreported, one, page] {
            for word in ["nan", "inf\"", "=\"-", " inf "] { #expect(!page.source.lowercased().contains(word), "\(word)") }
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

    // MARK: In a browser

    @Test("Chromium draws it light and dark, without an error, a request or a line that is too wide")
    func chromium() throws {
        let browser = try Browser()
        var report = Run(seconds: 30).report
        report.facts.append((Self.hostile, [(Self.hostile, .string(Self.hostile))]))
        let text = HTMLReport(report, title: Self.hostile).text
        try browser.write(text, to: "report.html")

        let light = try browser.open("report.html", ["--screenshot=\(browser.file("light.png"))", "--window-size=1100,2000"])
        #expect(light.complaints == [] && light.requests == [])
        try Self.check(browser.file("light.png"), page: 0xF7F7F5, surface: 0xFFFFFF, band: 0xA9CDEC, mode: 0x0A6EBD)
        let dark = try browser.open(
            "report.html",
            ["--screenshot=\(browser.file("dark.png"))", "--window-size=1100,2000", "--blink-settings=preferredColorScheme=0"])
        #expect(dark.complaints == [] && dark.requests == [])
        try Self.check(browser.file("dark.png"), page: 0x14171A, surface: 0x1C2024, band: 0x265A86, mode: 0x3585C6)

        // A page around it that may use a script: it tells how the plots are laid out, in a wide window and in a narrow one.
        try browser.write(
            """
            <!DOCTYPE html><meta charset="utf-8"><iframe src="report.html" style="width:1100px;height:900px"></iframe>
            <iframe src="report.html" style="width:390px;height:900px"></iframe><pre></pre>
            <script>onload = () => document.querySelector("pre").textContent =
              [...document.querySelectorAll("iframe")].map(({contentDocument: page}) => [page.documentElement, ...page
                .querySelectorAll("figure svg[role=img]")].map(it => it.scrollWidth + "x" + it.clientHeight).join(" ")).join("|")
            </script>
            """, to: "frames.html")
        let layout = try browser.open("frames.html", ["--dump-dom"]).output
        let told = layout.components(separatedBy: "<pre>").last?.components(separatedBy: "</pre>").first ?? ""
        let sizes = told.split(separator: "|").map {
            $0.split(separator: " ").map { $0.split(separator: "x").compactMap { Int($0) } }
        }
        #expect(sizes.count == 2, "\(layout)")
        for (frame, width) in zip(sizes, [1100, 390]) {
            #expect(frame.count == 6 && frame.allSatisfy { $0.count == 2 && $0[0] > 300 && $0[1] > 100 }, "\(frame)")
            #expect(frame.first?.first == width, "nothing is wider than the window")
        }

        // What is looked for above is found where it is: a picture from elsewhere, with the page's policy and without it.
        let loud = text.replacingOccurrences(of: "</main>", with: "<img alt=\"\" src=\"http://oriel.invalid/\"/></main>")
        try browser.write(loud, to: "blocked.html")
        let blocked = try browser.open("blocked.html", ["--dump-dom"])
        #expect(blocked.complaints.count == 1 && blocked.requests == [])
        try browser.write(loud.replacingOccurrences(of: "default-src 'none'", with: "img-src *"), to: "loud.html")
        #expect(try browser.open("loud.html", ["--dump-dom"]).requests == ["http://oriel.invalid/"])
    }

    /// Expects the page's colours in a screenshot, and letters.
    private static func check(_ path: String, page: UInt32, surface: UInt32, band: UInt32, mode: UInt32) throws {
        let picture = try PNG.read(path)
        var counts: [UInt32: Int] = [:]
        for pixel in stride(from: 0, to: picture.bytes.count, by: 4) {
            let bytes = picture.bytes[pixel..<pixel + 3]
            counts[bytes.reduce(0) { $0 << 8 | UInt32($1) }, default: 0] += 1
        }
        #expect(picture.size == PixelSize(width: 1100, height: 2000))
        for (colour, least) in [(page, 100_000), (surface, 300_000), (band, 5000), (mode, 50_000)] {
            #expect(counts[colour, default: 0] > least, "\(String(colour, radix: 16)) in \(path): \(counts[colour, default: 0])")
        }
        #expect(counts.count > 50, "letters have soft edges")
    }
}

// MARK: Runs

/// The frames of a made-up run on a screen of 60 Hz.
private struct Run {
    static let start: UInt64 = 1_000_000_000_000
    var frames: [FrameRecord]
    var nanoseconds: UInt64

    init(frames: [FrameRecord], seconds: UInt64 = 0) {
        self.frames = frames
        nanoseconds = seconds * 1_000_000_000
    }

    init(
        seconds: UInt64, from begin: UInt64 = 0, hertz: UInt64 = 60, every: UInt64 = 1,
        flags: FrameRecord.Flags = [.verticalSync, .hardwareClock, .zeroCopy]
    ) {
        let interval = 1_000_000_000 / hertz
        frames = stride(from: begin * hertz, to: (begin + seconds) * hertz, by: Int(every)).map { number in
            var frame = FrameRecord()
            frame.generation = number + 1
            frame.committedAt = Self.start + number * interval + 1_000_000 + number % 7 * 500_000
            frame.changedAt = frame.committedAt - 500_000
            frame.queriedAt = frame.committedAt - 80_000
            frame.presentedAt = Self.start + (number + 1) * interval
            frame.releasedAt = frame.presentedAt + interval
            frame.sequence = number + 1
            frame.refreshInterval = UInt32(interval)
            frame.fate = .presented
            frame.flags = flags
            return frame
        }
        nanoseconds = (begin + seconds) * 1_000_000_000
    }

    /// Ten minutes at 240 Hz, with one frame in the middle that the guest had changed three seconds before.
    static let long: Run = {
        var run = Run(seconds: 600, hertz: 240)
        run.frames[72_000].changedAt = run.frames[72_000].presentedAt - 3_000_000_000
        return run
    }()

    var report: Report {
        var figures = RunFigures(), timeline = Timeline(from: Self.start)
        figures.learn(from: frames)
        figures.add(frames)
        figures.duration = nanoseconds
        timeline.add(frames)
        return Report(
            facts: [
                ("machine", [("kernel", .string("6.12")), ("formats", .array([.string("XR24"), .string("AR24")]))]),
                ("options", [("scale", .number(1.5)), ("nested", .object([("a", .boolean(true)), ("b", .null)]))]),
            ], figures: figures, timeline: timeline, partial: nil)
    }
}

// MARK: Pages

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

// MARK: Browser

/// Debian's Chromium, without a window and with a profile of its own.
private final class Browser {
    struct Visit {
        let output: String
        /// What the page's console shows.
        let complaints: [String]
        /// The addresses that the page, rather than the browser, asked the network for.
        let requests: [String]
    }

    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    func file(_ name: String) -> String { directory.file(name) }

    func write(_ text: String, to name: String) throws {
        try text.write(toFile: file(name), atomically: false, encoding: .utf8)
    }

    func open(_ page: String, _ arguments: [String]) throws -> Visit {
        let name = "\(page).\(arguments.count)", netLog = file("\(name).net")
        for old in [netLog, file("\(name).log")] { try? FileManager.default.removeItem(atPath: old) }
        // setsid gives it a process group, by which all its processes end with it.
        let process = try ChildProcess(
            [
                "setsid", "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--disable-breakpad", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-extensions", "--no-first-run", "--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND",
                "--hide-scrollbars", "--force-device-scale-factor=1", "--force-color-profile=srgb",
                "--allow-file-access-from-files", "--enable-logging=stderr", "--user-data-dir=\(file("profile"))",
                "--log-net-log=\(netLog)",
            ] + arguments + ["file://\(file(page))"], environment: ["HOME": directory.path], log: file("\(name).log"))
        defer { if process.isRunning { kill(-process.identifier, SIGKILL) } }
        let status = process.waitForEnd()
        guard status == 0 else { throw TestSupportError("chromium ended with \(status ?? -1): \(process.output)") }
        // Its log has an event a line. Requests of the browser itself have no origin.
        let events = try String(contentsOfFile: netLog, encoding: .utf8).split(separator: "\n")
        let requests = events.filter { $0.contains("\"initiator\":\"file://\"") }.map { event in
            event.components(separatedBy: "\"url\":\"").last?.components(separatedBy: "\"").first ?? String(event)
        }
        return Visit(
            output: process.output,
            complaints: process.output.split(separator: "\n").filter { $0.contains(":CONSOLE:") }.map(String.init),
            requests: requests.filter { !$0.hasPrefix("file:") })
    }
}
