// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

@testable import Kiosk
import Measurement
import QMP
import TestSupport
import Testing

@Suite("What a kiosk tells of itself")
struct MetricsTextTests {
    private func status() -> KioskStatus {
        var statistics = Statistics()
        statistics.path = .dmabuf
        statistics.memory = "dmabuf"
        statistics.frames.committed = 100
        statistics.frames.zeroCopy = 90
        statistics.bytesCopied = 1 << 53
        for milliseconds in 1...100 { statistics.commitToPresent.record(nanoseconds: UInt64(milliseconds) * 1_000_000) }
        return KioskStatus(
            version: "0.1.0", uptime: 1_500_000_000, hasCompositor: true, compositorReturns: 2, reloads: 3,
            process: .init(cpuSeconds: 0.25, residentBytes: 20 << 20, openDescriptors: 17),
            screens: [
                .init(
                    name: "left", output: "DP-1", source: "qemu:a\"\\\nb", statistics: statistics, losses: 4, stalls: 5,
                    errors: []),
                .init(
                    name: "right", output: nil, source: nil, statistics: Statistics(), losses: 0, stalls: 0,
                    errors: ["nobody is there"]),
            ])
    }

    @Test("each family is announced once, before its samples, which are the status's own figures")
    func samples() {
        let text = MetricsText(status(), as: .prometheus).text
        for line in [
            "oriel_build_info{version=\"0.1.0\"} 1", "oriel_uptime_seconds 1.5", "oriel_compositor_connected 1",
            "oriel_compositor_returns_total 2", "oriel_configuration_reloads_total 3",
            "oriel_screen_connected{screen=\"left\"} 1",
            "oriel_screen_connected{screen=\"right\"} 0",
            "oriel_screen_source_info{screen=\"left\",source=\"qemu:a\\\"\\\\\\nb\",path=\"dmabuf\",memory=\"dmabuf\"} 1",
            "oriel_source_losses_total{screen=\"left\"} 4", "oriel_source_stalls_total{screen=\"left\"} 5",
            "oriel_frames_committed_total{screen=\"left\"} 100", "oriel_frames_zero_copy_total{screen=\"left\"} 90",
            "oriel_frames_committed_total{screen=\"right\"} 0", "oriel_copied_bytes_total{screen=\"left\"} 9007199254740992",
            "oriel_commit_to_present_seconds_count{screen=\"left\"} 100",
            "oriel_commit_to_present_seconds_count{screen=\"right\"} 0", "process_cpu_seconds_total 0.25",
            "process_resident_memory_bytes 20971520", "process_open_fds 17",
        ] {
            #expect(text.contains("\n\(line)\n"), "\(line)")
        }
        #expect(!text.contains("oriel_screen_source_info{screen=\"right\""))
        #expect(!text.contains("quantile=\"0.5\"} 0\n"))
        var family = "", families: Set<Substring> = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("# TYPE") {
                family = String(words[2])
                #expect(families.insert(words[2]).inserted)
            } else if !line.hasPrefix("#") {
                #expect(line.hasPrefix(family), "\(line)")
            }
        }
        #expect(families.count == 21)
    }

    @Test("quantiles are those of the histogram, in seconds")
    func quantiles() throws {
        let text = MetricsText(status(), as: .openMetrics).text
        let line = try #require(text.split(separator: "\n").first { $0.contains("commit_to_present") && $0.contains("0.99") })
        let value = try #require(Double(line.split(separator: " ")[1]))
        #expect(abs(value - 0.099) < 0.002)
        let sum = try #require(
            text.split(separator: "\n").first { $0.hasPrefix("oriel_commit_to_present_seconds_sum{screen=\"left\"}") })
        #expect(abs(try #require(Double(sum.split(separator: " ")[1])) - 5.05) < 0.1)
    }

    @Test("OpenMetrics names a counter's family without its suffix, and has an end")
    func formats() {
        let open = MetricsText(status(), as: .openMetrics).text, plain = MetricsText(status(), as: .prometheus).text
        #expect(open.hasSuffix("\n# EOF\n") && !plain.contains("EOF"))
        #expect(open.contains("# TYPE oriel_frames_committed counter\noriel_frames_committed_total{"))
        #expect(plain.contains("# TYPE oriel_frames_committed_total counter\noriel_frames_committed_total{"))
    }

    @Test("the status as JSON has the screens in their order, and null for what isn't there")
    func json() throws {
        let json = try #require(JSONValue(parsing: status().json().text.utf8))
        #expect(json["version"]?.integer == 1 && json["oriel"]?.text == "0.1.0" && json["uptimeSeconds"]?.number == 1.5)
        #expect(json["compositor"]?["returns"]?.integer == 2 && json["reloads"]?.integer == 3)
        let screens = try #require(json["screens"]?.elements)
        #expect(screens.map { $0["name"]?.text } == ["left", "right"])
        #expect(screens[0]["output"]?.text == "DP-1" && screens[0]["statistics"]?["frames"]?["committed"]?.integer == 100)
        #expect(screens[1]["output"]?.isNull == true && screens[1]["source"]?.isNull == true)
        #expect(screens[1]["errors"]?.elements?.map(\.text) == ["nobody is there"])
    }
}
