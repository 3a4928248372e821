// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import TestSupport
import Testing

/// The command itself, on a real compositor whose presentation clock isn't CLOCK_MONOTONIC.
@Suite("oriel measure on a real Weston", .serialized)
struct MeasureViewerTests {
    private func report(_ path: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(path)/report.json"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private func rows(_ path: String) throws -> Int {
        try String(contentsOfFile: "\(path)/frames.csv", encoding: .utf8).split(separator: "\n").count - 1
    }

    @Test("a run leaves its report; assertions that don't hold are a line each, and exit code 1", .timeLimit(.minutes(5)))
    func whole() throws {
        let weston = try Weston()
        let path = weston.directory.file("report")
        let viewer = try weston.oriel([
            "measure", "demo:?size=640x480&rate=30&memory=memfd", "--warmup", "0.5", "--duration", "2", "--report", path,
            "--assert", "zeroCopyShare >= 99%", "--assert", "frames.committed > 0", "--assert", "commitRate >= 1000 Hz",
        ])
        #expect(viewer.waitForEnd() == 1, "\(viewer.output)")
        #expect(viewer.output.contains("oriel: --assert zeroCopyShare >= 99%: it is 0.00 %\n"), "\(viewer.output)")
        #expect(viewer.output.contains("oriel: --assert commitRate >= 1000 Hz: it is "), "\(viewer.output)")
        #expect(!viewer.output.contains("frames.committed > 0"))
        let report = try report(path), figures = try #require(report["figures"] as? [String: Any])
        #expect(report["partial"] is NSNull && report["screen"] as? String == "virtual")
        #expect(try rows(path) == figures["frames.committed"] as? Int && rows(path) > 0)
        #expect((report["compositor"] as? [String: Any])?["program"] as? String == "weston")
        let page = try String(contentsOfFile: "\(path)/report.html", encoding: .utf8)
        #expect(page.contains("demo:?size=640x480") && page.contains("<svg") && page.hasSuffix("</html>\n"))
        let source = try #require(report["source"] as? [String: Any])
        #expect(source["size"] as? String == "640x480" && source["path"] as? String == "dmabuf")
        #expect(figures["commitToPresent.p50"] as? Double ?? 0 > 1e6)
        // The second run would replace the first one's report.
        let again = try weston.oriel(["measure", "demo:", "--report", path])
        #expect(again.waitForEnd() == 64 && again.output.contains("--force"), "\(again.output)")
    }

    @Test("rungs are compared, or the run with an earlier one: what differs is said", .timeLimit(.minutes(5)))
    func compared() throws {
        let weston = try Weston()
        let first = weston.directory.file("first"), second = weston.directory.file("second")
        let rungs = try weston.oriel([
            "measure", "demo:?size=320x240&rate=30&memory=memfd", "--warmup", "0.5", "--compare", "copy,shared-memory",
            "--duration",
            "20", "--report", first,
        ])
        #expect(rungs.waitForEnd() == 0, "\(rungs.output)")
        #expect(rungs.output.contains("shared-memory compared with copy: 5 and 5 blocks"), "\(rungs.output)")
        let comparison = try #require((report(first)["comparison"] as? [[String: Any]])?.first)
        #expect(comparison["subject"] as? String == "shared-memory" && comparison["blocks"] as? [Int] == [5, 5])
        let again = try weston.oriel(["measure", "demo:", "--baseline", "\(first)/report.json"])
        #expect(again.waitForEnd() == 64 && again.output.contains("it has no blocks"), "\(again.output)")

        let arguments = ["measure", "demo:?size=320x240&rate=30&memory=memfd", "--warmup", "0.5", "--duration", "6"]
        let earlier = try weston.oriel(arguments + ["--report", second])
        #expect(earlier.waitForEnd() == 0, "\(earlier.output)")
        let later = try weston.oriel(
            arguments + [
                "--scale", "native", "--baseline", "\(second)/report.json", "--assert", "ratio.presentRate > 0.01", "--assert",
                "ratio.presentRate > 100",
            ])
        #expect(later.waitForEnd() == 1, "\(later.output)")
        #expect(later.output.contains("this run compared with \(second)/report.json: 6 and 6 blocks"), "\(later.output)")
        #expect(later.output.contains("was measured with other options: none, and now --scale native\n"), "\(later.output)")
        #expect(later.output.contains("oriel: --assert ratio.presentRate > 100: it is ") && !later.output.contains("> 0.01"))
    }

    @Test("a rung that can't be taken is one line and exit code 69", .timeLimit(.minutes(5)))
    func refused() throws {
        // It has no linux-dmabuf.
        let weston = try Weston(renderer: "pixman")
        let viewer = try weston.oriel([
            "measure", "demo:?size=320x240&rate=30&memory=memfd", "--warmup", "0", "--compare", "copy,dmabuf", "--log-level",
            "error",
        ])
        #expect(viewer.waitForEnd() == 69, "\(viewer.output)")
        #expect(
            viewer.output.contains("oriel: --compare dmabuf: the guest's picture can't be shown like this: "), "\(viewer.output)")
    }

    @Test("Ctrl-C and a compositor that goes leave what was measured", .timeLimit(.minutes(5)), arguments: [false, true])
    func ended(compositorGoes: Bool) throws {
        let weston = try Weston()
        let path = weston.directory.file("report"), trace = weston.directory.file("trace.json")
        let viewer = try weston.oriel([
            "measure", "demo:?size=640x480&rate=60&memory=memfd", "--warmup", "0", "--duration", "1000", "--report", path,
            "--trace", trace,
        ])
        #expect(waitUntil { ((try? self.rows(path)) ?? 0) > 20 }, "\(viewer.output)")
        if compositorGoes { weston.kill() } else { viewer.signal(SIGINT) }
        #expect(viewer.waitForEnd() == (compositorGoes ? 74 : 0), "\(viewer.output)")
        let report = try report(path)
        let reason = compositorGoes ? "the compositor is gone" : "ended before its time was over"
        #expect((report["partial"] as? String)?.contains(reason) == true, "\(report["partial"] ?? "")")
        #expect(try rows(path) == (report["figures"] as? [String: Any])?["frames.committed"] as? Int && rows(path) > 20)
        #expect(viewer.output.contains("PARTIAL: "))
        let data = try Data(contentsOf: URL(fileURLWithPath: trace))
        let whole = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let events = try #require(whole["traceEvents"] as? [[String: Any]])
        let commits = events.filter { $0["name"] as? String == "commit" }, planes = Set(commits.map { $0["tid"] as? Int })
        // The cursor's picture never changes, and was committed once; its places follow.
        #expect(try commits.count { $0["tid"] as? Int == 2 } == rows(path) && planes.isSubset(of: [2, 3]))
        #expect(events.contains { $0["name"] as? String == "move" })
        // The guest has a handful of buffers.
        let tracks = events.compactMap { ($0["args"] as? [String: Any])?["name"] as? String }
        #expect(tracks.contains("buffer 2") && !tracks.contains("buffer 9"), "\(tracks)")
    }
}
