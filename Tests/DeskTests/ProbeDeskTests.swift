// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import TestSupport
import Testing

@Suite("A real guest's answers to keys", .serialized)
struct ProbeDeskTests {
    @Test("a key typed at a text console is timed until the console shows it, and is up in the end", .timeLimit(.minutes(8)))
    func console() throws {
        let weston = try Weston(width: InputGuest.screen.width, height: InputGuest.screen.height)
        let bus = try DBusDaemon(in: weston.directory)
        let guest = try InputGuest(InputGuest.Pointer.mouse.equipment, bus: bus, in: weston.directory)
        let path = weston.directory.file("report")
        let viewer = try weston.oriel([
            "measure", "qemu:unix:path=\(bus.path)", "--resize", "picture", "--probe", "key:a", "--warmup", "1", "--duration",
            "5",
            "--report", path,
        ])
        #expect(viewer.waitForEnd() == 0, "\(viewer.output)")
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(path)/report.json"))
        let report = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let figures = try #require(report["figures"] as? [String: Any])
        let sent = try #require(figures["probes.sent"] as? Int), answered = try #require(figures["probes.answered"] as? Int)
        #expect(answered > 0, "\(viewer.output)")
        #expect(figures["inputToChange.count"] as? Int == answered && figures["inputToPresent.p50"] as? Double ?? 0 > 0)
        // The guest has read each of them.
        func keys() -> [String] { guest.events(of: InputGuest.keyboard).filter { $0.hasPrefix("1 30 ") && !$0.hasSuffix(" 2") } }
        #expect(waitUntil { keys() == (0..<sent).flatMap { _ in ["1 30 1", "1 30 0"] } }, "\(sent) \(keys())")
    }
}
