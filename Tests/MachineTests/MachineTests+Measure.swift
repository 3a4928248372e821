// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import Testing

/// Reports of `oriel measure` on a display controller that reads buffers as hardware does.
extension MachineTests {
    private struct Report: Decodable {
        struct Composed: Decodable {
            struct Reason: Decodable { let name: String }
            let frames: Int
            let reasons: [Reason]
        }
        let screen: String
        let figures: [String: Double?]
        let composed: Composed
        let framesByRefreshes: [Int]

        func figure(_ name: String) -> Double? { figures[name] ?? nil }
    }

    private func report(_ run: String, of scenario: String = "65-measure") throws -> Report {
        let data = try Data(contentsOf: URL(filePath: Results.file(scenario, "\(run)/report.json")))
        return try JSONDecoder().decode(Report.self, from: data)
    }

    @Test("frames that the display reads itself need no reason", .enabled(if: Results.has("65-measure")))
    func measuredScanout() throws {
        let report = try report("scanned-out")
        #expect(report.screen == "real" && report.composed.reasons.isEmpty && report.composed.frames == 0)
        #expect(report.figure("frames.scannedOut") ?? 0 > 10)
        #expect(report.figure("zeroCopyShare") == 1 && abs(report.figure("refreshRate")! - 60) < 1)
    }

    @Test("a recording of such a guest is played in dma-bufs that the display reads", .enabled(if: Results.has("65-measure")))
    func replayed() throws {
        let report = try report("replayed")
        #expect(report.figure("frames.scannedOut") ?? 0 > 10 && report.figure("zeroCopyShare") == 1)
    }

    @Test(
        "a picture of a guest of 30 Hz stays on a screen of 60 Hz for two refreshes, on the average",
        .enabled(if: Results.has("65-measure")))
    func measuredHalfRate() throws {
        let report = try report("half-rate")
        // A guest that draws just when the compositor takes its commits has pictures of one and of three refreshes in turn. What
        // stayed for longer than four shows the emulated machine's lateness.
        let usual = report.framesByRefreshes.prefix(4), frames = usual.reduce(0, +)
        let refreshes = zip(1..., usual).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(frames > 10 && (1.6..<2.6).contains(Double(refreshes) / Double(frames)), "\(report.framesByRefreshes)")
    }

    @Test(
        "what keeps frames from being scanned out is named",
        .enabled(if: Results.has("66-reasons")),
        arguments: [
            ("windowed", ["not-fullscreen", "decoration"]), ("cursor", ["cursor"]), ("turned", ["turned"]),
            ("overlay", ["overlay"]), ("notice", ["notice"]),
            ("flipped", ["flipped"]), ("smaller", ["shared-memory", "other-size", "bars"]),
            ("larger", ["other-size", "cropped"]),
        ])
    func reasons(run: String, expected: [String]) throws {
        let composed = try report(run, of: "66-reasons").composed
        #expect(Set(composed.reasons.map(\.name)).isSuperset(of: expected), "\(composed.reasons.map(\.name))")
        #expect(composed.frames > 0)
    }

    @Test(
        "a compositor of wlroots scans out what the display can, and its feedback says what it can't",
        .enabled(if: Results.has("67-feedback")))
    func feedback() throws {
        let same = try report("same", of: "67-feedback"), other = try report("other-format", of: "67-feedback")
        #expect(same.figure("frames.scannedOut") ?? 0 > 10 && same.figure("zeroCopyShare") ?? 0 > 0.9)
        #expect(other.figure("frames.scannedOut") == 0 && other.composed.frames > 0)
        #expect(other.composed.reasons.map(\.name).contains("no-scanout-formats"))
    }
}
