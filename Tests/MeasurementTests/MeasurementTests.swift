// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import Measurement
import Testing

@Suite("Statistics")
struct MeasurementTests {
    @Test("the report is JSON with the members that the README documents")
    func members() throws {
        var statistics = Statistics()
        statistics.frames.committed = 3
        statistics.pathReason = "a \"quoted\"\nreason\u{1}"
        let data = Data(statistics.json().text.utf8)
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(
            Set(object.keys) == [
                "path", "pathReason", "memory", "frames", "buffers", "pixels", "latency", "process", "durationSeconds",
                "reconnects",
            ])
        let frames = try #require(object["frames"] as? [String: Int])
        #expect(
            Set(frames.keys) == [
                "queried", "changed", "committed", "superseded", "presented", "discarded", "zeroCopy", "cursorMoves", "stale",
                "lost",
            ])
        #expect(frames["committed"] == 3)
        #expect(object["pathReason"] as? String == statistics.pathReason)
    }

    @Test("percentiles are accurate to one percent, and outliers are counted at the upper end")
    func percentiles() {
        var histogram = LatencyHistogram()
        for value in 1...10_000 { histogram.record(nanoseconds: UInt64(value) * 1000) }
        #expect(abs(Double(histogram.percentile(50)) / 5_000_000 - 1) < 0.01)
        #expect(abs(Double(histogram.percentile(99)) / 9_900_000 - 1) < 0.01)
        histogram.record(nanoseconds: .max)
        #expect(histogram.max >= 59_000_000_000)
        #expect(histogram.count == 10_001)
    }

    @Test("a histogram without values reports zeros")
    func empty() {
        #expect(LatencyHistogram().percentile(99) == 0)
        #expect(LatencyHistogram().max == 0)
    }
}
