// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The frames that were presented but not scanned out, and why: a value that hears of presented frames in order.
public struct ComposedFrames: Sendable {
    /// Frames in a row that were composed for the same reasons.
    public struct Stretch: Equatable, Sendable {
        public let obstacles: ScanoutObstacles
        /// When the first of them was presented: CLOCK_MONOTONIC in nanoseconds.
        public let from: UInt64
        public fileprivate(set) var until: UInt64
        public fileprivate(set) var frames: UInt64
    }

    /// The stretches that are kept; what comes later is counted by reason alone.
    private static let mostStretches = 200

    public private(set) var frames: UInt64 = 0
    /// The frames that the compositor composed for no reason that the protocols tell.
    public private(set) var unexplained: UInt64 = 0
    public private(set) var stretches: [Stretch] = []
    private var counts = Array(repeating: UInt64(0), count: ScanoutObstacles.explanations.count)
    private var current: Stretch?

    public init() {}

    /// The obstacles that any of the frames had, with the number of these frames, the most frequent first.
    public var reasons: [(explanation: ScanoutObstacles.Explanation, frames: UInt64)] {
        zip(ScanoutObstacles.explanations, counts).filter { $0.1 > 0 }.sorted { $0.1 > $1.1 }.map { ($0.0, $0.1) }
    }

    mutating func add(_ frame: FrameRecord) {
        guard frame.presentMode == .composed else { return current = nil }
        frames += 1
        if frame.obstacles.isEmpty { unexplained += 1 }
        for (place, explanation) in ScanoutObstacles.explanations.enumerated()
        where frame.obstacles.contains(explanation.obstacle) {
            counts[place] += 1
        }
        follow(frame)
    }

    private mutating func follow(_ frame: FrameRecord) {
        if var stretch = current, stretch.obstacles == frame.obstacles {
            stretch.until = frame.presentedAt
            stretch.frames += 1
            current = stretch
            stretches[stretches.count - 1] = stretch
        } else if stretches.count < Self.mostStretches {
            let stretch = Stretch(obstacles: frame.obstacles, from: frame.presentedAt, until: frame.presentedAt, frames: 1)
            stretches.append(stretch)
            current = stretch
        } else {
            current = nil
        }
    }
}
