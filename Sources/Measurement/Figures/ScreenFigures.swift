// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The figures of the frames that one kind of screen has shown, real or virtual: a value that hears of presented frames in order.
public struct ScreenFigures {
    /// A time in which the screen showed nothing new.
    public struct Stall: Equatable, Sendable {
        /// CLOCK_MONOTONIC in nanoseconds: when the picture before it was presented.
        public let from: UInt64
        public let duration: UInt64
    }

    /// Nanoseconds without a new picture that count as a stall.
    public static let stallLimit: UInt64 = 100_000_000
    /// The stalls that are kept one by one; the others are counted.
    private static let mostStalls = 200
    /// Nanoseconds. No screen refreshes more often.
    private static let shortestRefresh: UInt32 = 100_000
    /// The refreshes that are counted for one frame, whatever the compositor says.
    private static let mostCounted: UInt64 = 1 << 32
    /// Frames that stay for longer than so many refreshes are counted together.
    public static let mostRefreshes = 16

    public private(set) var presented: UInt64 = 0
    public private(set) var scannedOut: UInt64 = 0
    public private(set) var commitToPresent = LatencyHistogram(.threeDigits)
    public private(set) var changeToPresent = LatencyHistogram(.threeDigits)
    /// As `changeToPresent`, but with a late frame counted for each refresh that it missed.
    public private(set) var changeToPresentByRefresh = LatencyHistogram(.threeDigits)
    public private(set) var betweenPresents = LatencyHistogram(.threeDigits)
    /// How many frames stayed on screen for one refresh, for two, and so on; the last counts those that stayed longer.
    public private(set) var staying = Array(repeating: UInt64(0), count: mostRefreshes)
    /// The refreshes that went by without a frame that had been committed in time for them.
    public private(set) var missedRefreshes: UInt64 = 0
    /// The frames that missed any.
    public private(set) var lateFrames: UInt64 = 0
    /// All refreshes between the first frame and the last.
    public private(set) var refreshes: UInt64 = 0
    public private(set) var stallCount: UInt64 = 0
    public private(set) var longestStall: UInt64 = 0
    public private(set) var stalls: [Stall] = []
    /// The largest error that a presentation's time may have, in nanoseconds.
    public private(set) var clockError: UInt32 = 0
    /// The screen's refresh interval as it was told last, in nanoseconds; 0 where it never was.
    public private(set) var refreshInterval: UInt32 = 0
    public private(set) var composed = ComposedFrames()
    private var last: (at: UInt64, sequence: UInt64)?

    public init() {}

    /// - Parameter lead: how long before a refresh this compositor needs a commit that it is to show in it, in nanoseconds.
    mutating func add(_ frame: FrameRecord, lead: UInt64) {
        presented += 1
        if frame.flags.contains(.zeroCopy) { scannedOut += 1 }
        composed.add(frame)
        clockError = max(clockError, frame.clockError)
        if frame.refreshInterval >= Self.shortestRefresh { refreshInterval = frame.refreshInterval }
        let wait = frame.commitToPresent, interval = UInt64(refreshInterval)
        let missed = interval > 0 && wait > lead ? min((wait - lead) / interval, Self.mostCounted) : 0
        missedRefreshes += missed
        if missed > 0 { lateFrames += 1 }
        commitToPresent.record(nanoseconds: wait)
        let sinceChange = frame.presentedAt - min(frame.changedAt, frame.presentedAt)
        changeToPresent.record(nanoseconds: sinceChange)
        changeToPresentByRefresh.record(nanoseconds: sinceChange, missing: missed, of: interval)
        if let last, frame.presentedAt > last.at { follow(last, frame) }
        last = (frame.presentedAt, frame.sequence)
    }

    private mutating func follow(_ last: (at: UInt64, sequence: UInt64), _ frame: FrameRecord) {
        let gap = frame.presentedAt - last.at
        betweenPresents.record(nanoseconds: gap)
        if gap >= Self.stallLimit {
            stallCount += 1
            longestStall = max(longestStall, gap)
            if stalls.count < Self.mostStalls { stalls.append(Stall(from: last.at, duration: gap)) }
        }
        let stayed: UInt64
        if last.sequence > 0, frame.sequence > last.sequence {
            stayed = min(frame.sequence - last.sequence, Self.mostCounted)
        } else if refreshInterval > 0 {
            let (whole, rest) = gap.quotientAndRemainder(dividingBy: UInt64(refreshInterval))
            stayed = min(max(whole + (2 * rest >= UInt64(refreshInterval) ? 1 : 0), 1), Self.mostCounted)
        } else {
            return
        }
        refreshes += stayed
        staying[Int(min(stayed, UInt64(Self.mostRefreshes))) - 1] += 1
    }
}

extension FrameRecord {
    /// Nanoseconds. A refresh may be stamped with its beginning, before the commit came.
    public var commitToPresent: UInt64 { presentedAt - min(committedAt, presentedAt) }
}
