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

    @Test("Ctrl-C and a compositor that goes leave what was measured", .timeLimit(.minutes(5)), arguments: [false, true])
    func ended(compositorGoes: Bool) throws {
        let weston = try Weston()
        let path = weston.directory.file("report")
        let viewer = try weston.oriel([
            "measure", "demo:?size=640x480&rate=60&memory=memfd", "--warmup", "0", "--duration", "1000", "--report", path,
        ])
        #expect(waitUntil { ((try? self.rows(path)) ?? 0) > 20 }, "\(viewer.output)")
        if compositorGoes { weston.kill() } else { viewer.signal(SIGINT) }
        #expect(viewer.waitForEnd() == (compositorGoes ? 74 : 0), "\(viewer.output)")
        let report = try report(path)
        let reason = compositorGoes ? "the compositor is gone" : "ended before its time was over"
        #expect((report["partial"] as? String)?.contains(reason) == true, "\(report["partial"] ?? "")")
        #expect(try rows(path) == (report["figures"] as? [String: Any])?["frames.committed"] as? Int && rows(path) > 20)
        #expect(viewer.output.contains("PARTIAL: "))
    }
}
