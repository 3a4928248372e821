// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Histogram

/// A histogram of durations from 1 ns to 60 s, with a fixed amount of memory.
public struct LatencyHistogram {
    /// How exact a value is.
    public enum Precision {
        /// Values are exact to one percent.
        case twoDigits
        /// Values are exact to a tenth of a percent, in ten times the memory.
        case threeDigits
    }

    private static let highest: UInt64 = 60_000_000_000
    /// The intervals that one wait counts for at most.
    private static let mostMissed: UInt64 = 10_000
    private var histogram: Histogram<UInt32>

    public init(_ precision: Precision = .twoDigits) {
        histogram = Histogram(
            lowestDiscernibleValue: 1, highestTrackableValue: Self.highest,
            numberOfSignificantValueDigits: precision == .twoDigits ? .two : .three)
    }

    /// Records a duration. Values above 60 s count as 60 s.
    public mutating func record(nanoseconds: UInt64) { histogram.record(Self.bounded(nanoseconds)) }

    /// Records a wait, and that it was on for `missed` intervals longer than it should have been: once as it ended, and once for each
    /// of these intervals as it would have ended then. Otherwise one long wait would count as little as one short one
    /// («coordinated omission»).
    public mutating func record(nanoseconds: UInt64, missing missed: UInt64, of interval: UInt64) {
        record(nanoseconds: nanoseconds)
        guard missed > 0, interval > 0 else { return }
        for step in 1...Swift.min(missed, Self.mostMissed) {
            guard nanoseconds / interval > step else { return }
            record(nanoseconds: nanoseconds - step * interval)
        }
    }

    private static func bounded(_ nanoseconds: UInt64) -> UInt64 { Swift.min(Swift.max(nanoseconds, 1), highest) }

    public var count: UInt64 { histogram.totalCount }
    public var max: UInt64 { count == 0 ? 0 : histogram.max }
    public var min: UInt64 { count == 0 ? 0 : histogram.min }
    public var mean: Double { count == 0 ? 0 : histogram.mean }
    public func percentile(_ percentile: Double) -> UInt64 {
        count == 0 ? 0 : histogram.valueAtPercentile(percentile)
    }

    /// How many values lie between each two neighbours of some ascending edges, the lower one included. Values beyond the edges count
    /// as part of the first or the last interval.
    public func counts(between edges: [UInt64]) -> [UInt64] {
        guard edges.count >= 2 else { return [] }
        var counts = Array(repeating: UInt64(0), count: edges.count - 1)
        var place = 0
        for entry in histogram.recordedValues() {
            while place + 1 < counts.count, entry.value >= edges[place + 1] { place += 1 }
            counts[place] += UInt64(entry.count)
        }
        return counts
    }

    public func json() -> JSON {
        .object([
            ("count", .integer(count)), ("p50", .integer(percentile(50))), ("p95", .integer(percentile(95))),
            ("p99", .integer(percentile(99))), ("max", .integer(max)),
        ])
    }
}
