// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import TestSupport
import Testing

/// Input that is sent and timed, through the built program on a real Weston.
@Suite("oriel measure --probe on a real Weston", .serialized)
struct ProbeViewerTests {
    private func figures(_ path: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(path)/report.json"))
        let report = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        return try #require(report["figures"] as? [String: Any])
    }

    @Test(
        "the demonstration guest's answer takes as long as it was asked to, and no less",
        .timeLimit(.minutes(5)), arguments: [("key:a", 0), ("motion", 200)])
    func known(probe: String, milliseconds: Double) throws {
        let weston = try Weston()
        let path = weston.directory.file("report"), trace = weston.directory.file("trace.json")
        let viewer = try weston.oriel([
            "measure", "demo:?react=\(Int(milliseconds))&size=320x240&memory=memfd", "--probe", probe, "--warmup", "0.5",
            "--duration", "4", "--report", path, "--trace", trace, "--assert", "probes.answered >= 1", "--assert",
            "inputToChange.p50 <= 1 ns",
        ])
        #expect(viewer.waitForEnd() == 1, "\(viewer.output)")
        #expect(viewer.output.contains("oriel: --assert inputToChange.p50 <= 1 ns: it is "), "\(viewer.output)")
        #expect(!viewer.output.contains("probes.answered >= 1"), "\(viewer.output)")
        let figures = try figures(path)
        let counts = ["sent", "answered", "unanswered"].map { figures["probes.\($0)"] as? Int ?? -1 }
        #expect(counts[0] == counts[1] + counts[2] && counts[1] > 0, "\(counts)")
        // It is still otherwise. A machine that is too busy for an answer within a second has it in the pause.
        #expect(figures["probes.changesInPauses"] as? Int == 0 || counts[2] > 0)
        // A histogram's values are exact to 0.1 %. Upwards a busy machine sets no limit but that of an answer.
        let least = try #require(figures["inputToChange.min"] as? Double),
            median = try #require(figures["inputToChange.p50"] as? Double)
        #expect(least >= milliseconds * 0.999e6 && median < 1e9)
        let screen = try #require(figures["inputToPresent.min"] as? Double)
        #expect(screen >= least)
        let text = try String(contentsOfFile: trace, encoding: .utf8)
        #expect(text.components(separatedBy: "\"input to change\"").count - 1 == counts[1])
        let page = try String(contentsOfFile: "\(path)/report.html", encoding: .utf8)
        #expect(page.contains("An input event changed the guest's picture after "))
    }

    @Test("keys go to a VM's monitor; Ctrl-C leaves what was measured, and no key down in the VM", .timeLimit(.minutes(5)))
    func monitor() throws {
        let weston = try Weston(width: 320, height: 200)
        let machine = try VirtualMachine(
            name: "probed", display: .peerToPeer, in: weston.directory, arguments: ["-trace", "input_event_key_qcode"])
        func events() -> [String] {
            machine.process.output.split(separator: "\n").filter { $0.contains("qcode ") }.map {
                $0.split(separator: " ").suffix(3).joined(separator: " ")
            }
        }
        let path = weston.directory.file("report")
        let viewer = try weston.oriel([
            "measure", "demo:?rate=0&memory=memfd", "--input", "qmp:\(machine.monitor)", "--probe", "key:b", "--warmup", "0",
            "--duration", "1000", "--report", path,
        ])
        // The key is down for 50 ms: whether it is up when the signal comes is chance.
        #expect(waitUntil(every: 0.005) { events().count { $0 == "b, down 1" } == 2 }, "\(viewer.output) \(events())")
        viewer.signal(SIGINT)
        #expect(viewer.waitForEnd() == 0, "\(viewer.output)")
        #expect(waitUntil { events().last == "b, down 0" }, "\(events())")
        let sent = try #require(try figures(path)["probes.sent"] as? Int)
        #expect(sent >= 2 && events() == (0..<sent).flatMap { _ in ["b, down 1", "b, down 0"] }, "\(events())")
        #expect(viewer.output.contains("PARTIAL: ended before its time was over"), "\(viewer.output)")
    }
}
