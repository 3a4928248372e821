// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// One number of a report: its name, its unit, and where it comes from.
public struct Figure: Sendable {
    public enum Unit: String, Sendable {
        case nanoseconds
        /// A part of a whole, 0…1.
        case share
        case count
        case hertz
        case bytes
        /// How many times as large as another value of the same unit.
        case ratio
    }

    /// As in `report.json` and in assertions: `commitToPresent.p99`.
    public let name: String
    public let unit: Unit
    private let read: @Sendable (RunFigures) -> Double?

    /// The value; nil where the run has none, as a latency where nothing was presented.
    public func value(in figures: RunFigures) -> Double? { read(figures) }

    private init(_ name: String, _ unit: Unit, _ read: @escaping @Sendable (RunFigures) -> Double?) {
        self.name = name
        self.unit = unit
        self.read = read
    }

    /// All figures, in the order of a report.
    public static let all: [Figure] =
        counts + rates + costs + probes + histograms.flatMap { name, read in histogram(name, read) }

    /// The names of all figures, with those of a histogram told once.
    static var shortList: String {
        let parts = histogram("") { $0.changeToCommit }.map { $0.name.dropFirst() }
        return (counts + rates + costs + probes).map(\.name).joined(separator: ", ")
            + ", or one of \(parts.joined(separator: ", ")) of \(histograms.map(\.0).joined(separator: ", "))"
            + ", as in commitToPresent.p99"
    }

    public static func named(_ name: String) -> Figure? { all.first { $0.name == name } }

    private static let counts = [
        count("frames.committed") { $0.committed },
        count("frames.presented") { $0.screen.presented },
        count("frames.scannedOut") { $0.screen.scannedOut },
        count("frames.superseded") { $0.superseded },
        count("frames.discarded") { $0.discarded },
        count("frames.unreported") { $0.unreported },
        count("frames.passedOver") { $0.passedOver },
        count("frames.late") { $0.screen.lateFrames },
        count("buffers.imports") { $0.imports },
        count("missedRefreshes") { $0.screen.missedRefreshes },
        count("stalls.count") { $0.screen.stallCount },
        Figure("stalls.longest", .nanoseconds) { Double($0.screen.longestStall) },
    ]

    private static let rates = [
        Figure("zeroCopyShare", .share) { ratio($0.screen.scannedOut, $0.screen.presented) },
        Figure("missedRefreshShare", .share) { ratio($0.screen.missedRefreshes, $0.screen.refreshes) },
        Figure("commitRate", .hertz) { rate($0.committed, $0.duration) },
        Figure("presentRate", .hertz) { rate($0.screen.presented, $0.duration) },
        Figure("refreshRate", .hertz) { $0.screen.refreshInterval > 0 ? 1e9 / Double($0.screen.refreshInterval) : nil },
    ]

    /// What the viewer's process has cost.
    private static let costs = [
        Figure("viewer.cpuPerFrame", .nanoseconds) { ratio($0.cost.processorTime, $0.committed) },
        Figure("viewer.cpuShare", .share) { ratio($0.cost.processorTime, $0.duration) },
        Figure("viewer.wakeUpsPerSecond", .hertz) { rate($0.cost.wakeUps, $0.duration) },
        Figure("viewer.pageFaultsPerSecond", .hertz) { rate($0.cost.pageFaults, $0.duration) },
        Figure("viewer.residentMemory", .bytes) { $0.cost.residentBytes > 0 ? Double($0.cost.residentBytes) : nil },
    ]

    /// What became of the input events that were sent to the guest.
    private static let probes = [
        Figure("probes.sent", .count) { $0.probes.map { Double($0.sent) } },
        Figure("probes.answered", .count) { $0.probes.map { Double($0.answered) } },
        Figure("probes.unanswered", .count) { $0.probes.map { Double($0.unanswered) } },
        Figure("probes.changesInPauses", .count) { $0.probes.map { Double($0.changesInPauses) } },
        Figure("probes.rateInPauses", .hertz) { $0.probes?.rateInPauses },
        Figure("probes.doubtfulShare", .share) { $0.probes?.doubtfulShare },
    ]

    /// Whether it is about input events, which a run has only with `--probe`.
    var isOfProbes: Bool { ["probes", "inputToChange", "inputToPresent"].contains(name.prefix { $0 != "." }) }

    /// nil where a run has no such times at all.
    private static let histograms: [(String, @Sendable (RunFigures) -> LatencyHistogram?)] = [
        ("changeToCommit", { $0.changeToCommit }),
        ("queryToCommit", { $0.queryToCommit }),
        ("commitToPresent", { $0.screen.commitToPresent }),
        ("changeToPresent", { $0.screen.changeToPresent }),
        ("changeToPresentByRefresh", { $0.screen.changeToPresentByRefresh }),
        ("betweenPresents", { $0.screen.betweenPresents }),
        ("changeToAnswer", { $0.changeToAnswer }),
        ("commitToRelease", { $0.commitToRelease }),
        ("inputToChange", { $0.probes?.inputToChange }),
        ("inputToPresent", { $0.inputToPresent }),
    ]

    private static func histogram(_ name: String, _ read: @escaping @Sendable (RunFigures) -> LatencyHistogram?) -> [Figure] {
        func part(_ part: String, _ value: @escaping @Sendable (LatencyHistogram) -> Double) -> Figure {
            Figure("\(name).\(part)", .nanoseconds) { figures in
                guard let histogram = read(figures), histogram.count > 0 else { return nil }
                return value(histogram)
            }
        }
        return [
            Figure("\(name).count", .count) { read($0).map { Double($0.count) } },
            part("mean") { $0.mean.rounded() },
            part("min") { Double($0.min) },
            part("p50") { Double($0.percentile(50)) },
            part("p90") { Double($0.percentile(90)) },
            part("p95") { Double($0.percentile(95)) },
            part("p99") { Double($0.percentile(99)) },
            part("p999") { Double($0.percentile(99.9)) },
            part("max") { Double($0.max) },
        ]
    }

    private static func count(_ name: String, _ read: @escaping @Sendable (RunFigures) -> UInt64) -> Figure {
        Figure(name, .count) { Double(read($0)) }
    }

    private static func ratio(_ part: UInt64, _ whole: UInt64) -> Double? { whole == 0 ? nil : Double(part) / Double(whole) }

    private static func rate(_ count: UInt64, _ nanoseconds: UInt64) -> Double? {
        nanoseconds == 0 ? nil : Double(count) * 1e9 / Double(nanoseconds)
    }
}
