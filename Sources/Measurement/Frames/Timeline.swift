// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// A run over time in a fixed number of slices, for plots: a value that takes no more memory for a long run than for a short one.
///
/// When the slices are used up, each two become one that is twice as long. A slice keeps the least and the most of what it has seen,
/// so that no outlier is averaged away.
public struct Timeline: Sendable {
    /// The least, the most and the mean of some durations, in nanoseconds.
    public struct Span: Equatable, Sendable {
        public private(set) var least: UInt64 = .max
        public private(set) var most: UInt64 = 0
        private var sum: Double = 0
        public private(set) var count: UInt64 = 0

        public var mean: Double { count == 0 ? 0 : sum / Double(count) }

        mutating func add(_ value: UInt64) {
            least = min(least, value)
            most = max(most, value)
            sum += Double(value)
            count += 1
        }

        mutating func add(_ other: Span) {
            least = min(least, other.least)
            most = max(most, other.most)
            sum += other.sum
            count += other.count
        }
    }

    /// A number for each of `PresentMode.allCases`. It is no array: that would be an allocation for each slice.
    public struct ModeCounts: RandomAccessCollection, MutableCollection, Equatable, Sendable {
        private var counts = SIMD8<UInt64>()

        public var startIndex: Int { 0 }
        public var endIndex: Int { PresentMode.allCases.count }
        public subscript(index: Int) -> UInt64 {
            get { counts[index] }
            set { counts[index] = newValue }
        }
    }

    public struct Slice: Equatable, Sendable {
        public var changeToPresent = Span()
        public var betweenPresents = Span()
        /// How many frames came to the screen in which way, in the order of `PresentMode.allCases`.
        public var modes = ModeCounts()

        mutating func add(_ other: Slice) {
            changeToPresent.add(other.changeToPresent)
            betweenPresents.add(other.betweenPresents)
            for index in modes.indices { modes[index] += other.modes[index] }
        }
    }

    public static let mostSlices = 1200
    /// CLOCK_MONOTONIC in nanoseconds: where the first slice begins.
    public let start: UInt64
    /// How long a slice is, in nanoseconds.
    public private(set) var width: UInt64 = 10_000_000
    public private(set) var slices: [Slice] = []
    private var lastPresented: UInt64?

    public init(from start: UInt64) {
        self.start = start
        slices.reserveCapacity(Self.mostSlices)
    }

    /// Adds frames, in the order of their commits.
    public mutating func add(_ frames: [FrameRecord]) { for frame in frames { add(frame) } }

    /// Adds frames that one kind of screen presented, and those that no screen did.
    public mutating func add(_ frames: [FrameRecord], onRealScreen isReal: Bool) {
        for frame in frames where frame.fate != .presented || frame.isOnRealScreen == isReal { add(frame) }
    }

    private mutating func add(_ frame: FrameRecord) {
        guard frame.committedAt >= start else { return }
        let place = reach(frame.committedAt - start)
        let mode = PresentMode.allCases.firstIndex(of: frame.presentMode)!
        slices[place].modes[mode] += 1
        guard frame.fate == .presented else { return }
        slices[place].changeToPresent.add(frame.presentedAt - min(frame.changedAt, frame.presentedAt))
        if let lastPresented, frame.presentedAt > lastPresented {
            slices[place].betweenPresents.add(frame.presentedAt - lastPresented)
        }
        lastPresented = frame.presentedAt
    }

    /// The slice of a time, which is made if it isn't there yet.
    private mutating func reach(_ time: UInt64) -> Int {
        while time / width >= UInt64(Self.mostSlices) { halve() }
        let place = Int(time / width)
        while slices.count <= place { slices.append(Slice()) }
        return place
    }

    private mutating func halve() {
        for pair in 0..<(slices.count + 1) / 2 {
            var slice = slices[2 * pair]
            if 2 * pair + 1 < slices.count { slice.add(slices[2 * pair + 1]) }
            slices[pair] = slice
        }
        slices.removeLast(slices.count / 2)
        width *= 2
    }
}
