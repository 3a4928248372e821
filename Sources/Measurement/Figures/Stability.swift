// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Says when measuring for longer would change little: a value that hears of frames in order.
///
/// The run is cut into blocks. It is stable when the last three blocks have shown about as many frames as each other, as fast.
public struct Stability {
    /// How long a block is, in nanoseconds.
    public static let block: UInt64 = 5_000_000_000
    private static let blocksAlike = 3
    /// How far the largest of the blocks' values may be above the smallest.
    private static let tolerance = 1.05

    private struct Block {
        var presented: UInt64 = 0
        var p50: UInt64 = 0
        var p99: UInt64 = 0
    }

    private var blocks: [Block] = []
    private var current = LatencyHistogram()
    private var end: UInt64

    /// - Parameter start: CLOCK_MONOTONIC in nanoseconds: when the measurement begins.
    public init(from start: UInt64) { end = start + Self.block }

    public mutating func add(_ frames: [FrameRecord]) {
        for frame in frames {
            while frame.committedAt >= end { finishBlock() }
            if frame.fate == .presented { current.record(nanoseconds: frame.commitToPresent) }
        }
    }

    private mutating func finishBlock() {
        blocks.append(Block(presented: current.count, p50: current.percentile(50), p99: current.percentile(99)))
        if blocks.count > Self.blocksAlike { blocks.removeFirst() }
        current = LatencyHistogram()
        end += Self.block
    }

    /// Whether the last blocks are alike. A run without any frame never is.
    public var isStable: Bool {
        guard blocks.count == Self.blocksAlike else { return false }
        return isAlike(\.presented) && isAlike(\.p50) && isAlike(\.p99)
    }

    private func isAlike(_ value: (Block) -> UInt64) -> Bool {
        let values = blocks.map(value)
        guard let least = values.min(), let most = values.max(), least > 0 else { return false }
        return Double(most) <= Double(least) * Self.tolerance
    }
}
