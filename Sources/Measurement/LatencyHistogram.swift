// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Histogram

/// A histogram of latencies from 1 ns to 60 s, with two significant digits and a fixed amount of memory.
public struct LatencyHistogram {
    private static let highest: UInt64 = 60_000_000_000
    private var histogram = Histogram<UInt32>(
        lowestDiscernibleValue: 1, highestTrackableValue: Self.highest, numberOfSignificantValueDigits: .two)

    public init() {}

    /// Records a latency. Values above 60 s count as 60 s.
    public mutating func record(nanoseconds: UInt64) { histogram.record(Swift.min(Swift.max(nanoseconds, 1), Self.highest)) }

    public var count: UInt64 { histogram.totalCount }
    public var max: UInt64 { count == 0 ? 0 : histogram.max }
    public func percentile(_ percentile: Double) -> UInt64 {
        count == 0 ? 0 : histogram.valueAtPercentile(percentile)
    }

    public func json() -> JSON {
        .object([
            ("count", .integer(count)), ("p50", .integer(percentile(50))), ("p95", .integer(percentile(95))),
            ("p99", .integer(percentile(99))), ("max", .integer(max)),
        ])
    }
}
