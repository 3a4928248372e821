// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Cuts a run into blocks: a value that hears of each block when it begins and ends, and of its frames later, when everything is known
/// of them.
public struct BlockSeries {
    /// The blocks that are kept: an hour of one second each.
    public static let most = 3600

    private struct Pending {
        /// An open block ends at `UInt64.max`.
        var range: Range<UInt64>
        let way: ComparedWay?
        let startTime: UInt64?
        var processorTime: UInt64?
        var tally = BlockTally()
        /// Whether one of its frames took another rung than its way has.
        var isForeign = false
    }

    /// Blocks of which frames may still come, in order. Only the last one may be without an end.
    private var pending: [Pending] = []
    /// The blocks that are complete.
    public private(set) var blocks: [MeasuredBlock] = []
    /// The number of blocks that don't count, since one of their frames took another rung than their way has.
    public private(set) var foreign = 0

    public init() {}

    /// A block begins. Times are nanoseconds of CLOCK_MONOTONIC.
    ///
    /// - Parameters:
    ///   - way: the one that is taken; nil where none are compared.
    ///   - processorTime: what the process has used so far, in nanoseconds; nil where nobody has looked just now.
    public mutating func begin(at time: UInt64, way: ComparedWay? = nil, processorTime: UInt64?) {
        guard blocks.count + pending.count < Self.most else { return }
        pending.append(Pending(range: time..<UInt64.max, way: way, startTime: processorTime))
    }

    /// The block that has begun last ends.
    public mutating func end(at time: UInt64, processorTime: UInt64?) {
        guard let last = pending.indices.last, pending[last].range.upperBound == .max else { return }
        pending[last].range = pending[last].range.lowerBound..<max(time, pending[last].range.lowerBound)
        if let start = pending[last].startTime, let processorTime, processorTime >= start {
            pending[last].processorTime = processorTime - start
        }
    }

    /// Adds frames, in the order of their commits.
    public mutating func add(_ frames: [FrameRecord]) {
        for frame in frames {
            complete(before: frame.committedAt)
            guard !pending.isEmpty, pending[0].range.contains(frame.committedAt) else { continue }
            pending[0].tally.add(frame)
            if let path = pending[0].way?.path, path != frame.path { pending[0].isForeign = true }
        }
    }

    /// No frame comes any more that was committed before this time.
    public mutating func complete(before time: UInt64) {
        while let block = pending.first, block.range.upperBound <= time, block.range.upperBound < .max {
            pending.removeFirst()
            if block.isForeign {
                foreign += 1
            } else {
                blocks.append(
                    block.tally.block(
                        way: block.way, duration: block.range.upperBound - block.range.lowerBound,
                        processorTime: block.processorTime))
            }
        }
    }

    /// No frame comes any more. A block without an end is dropped.
    public mutating func finish() {
        complete(before: .max)
        pending = []
    }
}
