// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// How the frames of the last moment got to the screen, for somebody who looks at the window: a value that is made of their records.
public struct RecentFrames: Equatable, Sendable {
    /// The frames that were presented, and how many of them were scanned out.
    public private(set) var presented = 0
    public private(set) var scannedOut = 0
    /// The frames that were committed.
    public private(set) var committed = 0
    /// Whether they were presented on a virtual output.
    public private(set) var isVirtual = false
    /// The rung of the newest frame.
    public private(set) var path = Statistics.Path.none
    /// What kept the newest frame from being scanned out, as far as the protocols tell.
    public private(set) var obstacles: ScanoutObstacles = []
    /// The longest of 99 % of the waits between commit and presentation, in nanoseconds; nil where nothing was presented.
    public private(set) var latency: UInt64?

    /// How long frames were counted, in nanoseconds.
    private let duration: UInt64

    /// - Parameters:
    ///   - duration: how long before `now` a frame may have been committed, or presented, to count.
    ///   - now: CLOCK_MONOTONIC in nanoseconds.
    public init(_ recorder: FrameRecorder, over duration: UInt64, until now: UInt64) {
        self.duration = duration
        let time = now - min(now, duration)
        var latencies: [UInt64] = []
        // A frame that was presented in this time may have been committed before it.
        for record in recorder.recent(since: time - min(time, duration)) {
            if record.committedAt >= time {
                committed += 1
                path = record.path
                obstacles = record.obstacles
            }
            guard record.fate == .presented, record.presentedAt >= time else { continue }
            presented += 1
            if record.presentMode == .scannedOut { scannedOut += 1 }
            isVirtual = !record.isOnRealScreen
            latencies.append(record.presentedAt - min(record.committedAt, record.presentedAt))
        }
        latencies.sort()
        if !latencies.isEmpty { latency = latencies[(latencies.count * 99 + 99) / 100 - 1] }
    }

    /// The path and the present mode.
    public var headline: String { committed == 0 && presented == 0 ? "no new picture" : "\(path.rawValue), \(presentMode)" }

    private var presentMode: String {
        switch scannedOut {
        case _ where presented == 0: "not reported by the compositor"
        case 0: "composed"
        case presented: "scanned out"
        default: "\(scannedOut) of \(presented) scanned out"
        }
    }

    /// The rate and the latency.
    public var pace: String {
        let count = presented > 0 ? presented : committed
        let rate = Figure.Unit.hertz.text(Double(count) * 1e9 / Double(duration))
        guard let latency else { return rate }
        return
            "\(rate), commit to screen p99 \(Figure.Unit.nanoseconds.text(Double(latency)))\(isVirtual ? " (virtual output)" : "")"
    }

    /// Why they weren't scanned out, and what to change; nil where they were.
    ///
    /// - Parameter known: what everybody sees, and isn't worth a word.
    public func reason(besides known: ScanoutObstacles) -> String? {
        guard presented == 0 || scannedOut < presented, committed > 0 else { return nil }
        let reasons = ScanoutObstacles.explanations.filter { obstacles.subtracting(known).contains($0.obstacle) }
        guard !reasons.isEmpty else {
            return obstacles.isEmpty && presented > 0 ? "the compositor composes it for a reason that no protocol tells" : nil
        }
        return reasons.map { "\($0.meaning): \($0.remedy)" }.joined(separator: "; ")
    }
}
