// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import Measurement
import TestSupport
import Testing

@testable import Viewer

@Suite("A baseline")
struct BaselineTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func report(
        kernel: String = "Linux 6.12", outputs: Double = 60, arguments: [String] = ["measure", "demo:", "--report", "a"],
        blocks: Int = 6
    ) -> Report {
        var report = Report(
            facts: [
                ("oriel", [("version", .string("0.1.0")), ("arguments", .array(arguments.map(JSON.string)))]),
                ("source", [("url", .string("demo:")), ("size", .string("640x480"))]),
                ("machine", [("kernel", .string(kernel)), ("processors", .integer(2)), ("graphicsDrivers", .array([]))]),
                (
                    "compositor",
                    [("program", .string("weston")), ("outputs", .array([.object([("refreshHertz", .number(outputs))])]))]
                ),
            ], figures: RunFigures(), timeline: Timeline(from: 0), partial: nil)
        report.blocks = (0..<blocks).map { block in
            MeasuredBlock(.real) { figure in figure == .presentRate ? 60 + Double(block) / 2 : figure == .zeroCopyShare ? 1 : nil
            }!
        }
        return report
    }

    private func read(_ text: String) throws(BaselineFault) -> Baseline {
        try! text.write(toFile: directory.file("report.json"), atomically: true, encoding: .utf8)
        return try Baseline(directory.file("report.json"))
    }

    private func fault(_ text: String) -> String {
        do throws(BaselineFault) {
            _ = try read(text)
            return "none"
        } catch {
            return error.description
        }
    }

    @Test("is read back as it was written")
    func whole() throws {
        let report = report(), baseline = try read(report.json.text)
        #expect(baseline.blocks == report.blocks && baseline.differences(from: report).isEmpty)
        let many = self.report(blocks: BlockSeries.most)
        #expect(try read(many.json.text).blocks.count == BlockSeries.most)
    }

    @Test("that is none is one line that says why")
    func damaged() throws {
        let text = report().json.text
        func replaced(_ old: String, _ new: String) -> String {
            #expect(text.contains(old), "\(old)")
            return text.replacingOccurrences(of: old, with: new)
        }
        let cut = String(text.dropLast(20))
        for (text, why) in [
            ("", "it isn't JSON"), (cut, "it isn't JSON"), (String(repeating: "[", count: 100_000), "it isn't JSON"),
            (replaced("60.5", "NaN"), "it isn't JSON"), (replaced("60.5", "1e999"), "it isn't JSON"),
            ("[]", "it isn't a report of this version"), ("{\"version\": \"1\"}", "it isn't a report of this version"),
            (replaced("\"version\": 1", "\"version\": 2"), "it isn't a report of this version"),
            ("{\"version\": 1, \"figures\": 7}", "it has no blocks"), (report(blocks: 0).json.text, "it has no blocks"),
            ("{\"version\": 1, \"figures\": 7, \"blocks\": 7}", "its blocks are damaged"),
            ("{\"version\": 1, \"figures\": 7, \"blocks\": {\"screens\": []}}", "its blocks are damaged"),
            (replaced("60.5", "-60.5"), "its blocks are damaged"), (replaced("60.5", "1e300"), "its blocks are damaged"),
            (replaced("60.5", "\"60.5\""), "its blocks are damaged"), (replaced("60.5", "true"), "its blocks are damaged"),
            (replaced("60.5", "60.5, 61"), "its blocks are damaged"),
            (replaced("cpuPerFrame", "other"), "its blocks are damaged"),
            (replaced("\"real\"", "\"unreal\""), "its blocks are damaged"),
            (text + String(repeating: " ", count: 5 << 20), "it is too large for a report"),
        ] {
            let fault = fault(text)
            #expect(fault.contains(why) && fault.hasPrefix(directory.file("report.json")), "\(fault)")
            #expect(fault.hasSuffix(": name the report.json of an earlier run") && !fault.contains("\n"))
        }
        let long = MeasuredBlock.json(Array(repeating: report().blocks[0], count: BlockSeries.most + 1)).text
        #expect(fault("{\"version\": 1, \"figures\": 7, \"blocks\": \(long)}").contains("its blocks are damaged"))
    }

    @Test("is a file that can be read; a FIFO keeps nobody", arguments: ["none", "folder", "fifo"])
    func unreadable(kind: String) throws {
        let path = directory.file(kind)
        if kind == "folder" { mkdir(path, 0o700) }
        if kind == "fifo" { mkfifo(path, 0o600) }
        let fault = #expect(throws: BaselineFault.self) { _ = try Baseline(path) }
        #expect(fault?.description.hasPrefix("\(path): can't be read (") == true, "\(fault?.description ?? "")")
    }

    @Test("of another machine, screen or options is said, a line each; what is in the file comes as one plain line")
    func differences() throws {
        let baseline = try read(
            report(
                kernel: "6.1\u{1B}[2J\n" + String(repeating: "x", count: 1000), outputs: 75,
                arguments: ["measure", "demo:", "--fullscreen"]
            )
            .json.text.replacingOccurrences(of: "\"processors\": 2", with: "\"processors\": {\"a\": 3}"))
        let lines = baseline.differences(
            from: report(arguments: ["measure", "--scale", "fit", "demo:", "--assert=x", "--baseline", "b"]))
        #expect(lines.count == 4, "\(lines)")
        #expect(lines[0].hasSuffix("was measured with another number of processors: {\"a\":3}, and now 2"))
        #expect(
            lines[1].contains("another kernel: 6.1 [2J x") && lines[1].hasSuffix("x, and now Linux 6.12")
                && lines[1].utf8.count < 400)
        #expect(lines[2].hasSuffix("another output mode: [{\"refreshHertz\":75.0}], and now [{\"refreshHertz\":60.0}]"))
        #expect(lines[3].hasSuffix("with other options: --fullscreen, and now --scale fit"))
        for line in lines { #expect(!line.unicodeScalars.contains { $0.value < 32 }) }
        // One that tells less is another one as well.
        let silent = try read(report().json.text.replacingOccurrences(of: "\"kernel\"", with: "\"other\""))
        #expect(silent.differences(from: report()).map { $0.hasSuffix("another kernel: unknown, and now Linux 6.12") } == [true])
    }

    @Test("of options tells by their names and values, in any order, and not by those that change nothing")
    func options() throws {
        let baseline = try read(
            report(arguments: ["measure", "demo:", "--scale=fit", "--cursor", "hidden", "--report", "x", "--force"]).json.text)
        let same = ["measure", "--warmup", "3", "--cursor", "hidden", "--scale=fit", "--duration=9", "demo:"]
        #expect(baseline.differences(from: report(arguments: same)).isEmpty)
        let other = ["measure", "demo:", "--scale=fit", "--cursor", "pointer"]
        #expect(
            baseline.differences(from: report(arguments: other)).map {
                $0.hasSuffix("--cursor hidden --scale=fit, and now --cursor pointer --scale=fit")
            } == [true])
    }
}
