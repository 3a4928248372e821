// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The figures of a run, from the records of its frames: a value of fixed size, however long the run is.
///
/// Frames on a virtual output and frames on a real screen are never in one figure: where a run has both, the figures are the real
/// screen's.
public struct RunFigures {
    public private(set) var committed: UInt64 = 0
    /// Commits that the compositor replaced by a newer one of ours.
    public private(set) var superseded: UInt64 = 0
    public private(set) var discarded: UInt64 = 0
    public private(set) var unreported: UInt64 = 0
    /// Generations that were never committed, since a newer one came before the next refresh.
    public private(set) var passedOver: UInt64 = 0
    public private(set) var imports: UInt64 = 0
    public private(set) var damagedPixels: UInt64 = 0
    public private(set) var changeToCommit = LatencyHistogram(.threeDigits)
    public private(set) var queryToCommit = LatencyHistogram(.threeDigits)
    /// How long a guest that waits for its frame had to wait: from its change until the source was told of the commit.
    public private(set) var changeToAnswer = LatencyHistogram(.threeDigits)
    /// How long the compositor kept a buffer, from its commit to its release.
    public private(set) var commitToRelease = LatencyHistogram(.threeDigits)
    public private(set) var real = ScreenFigures()
    public private(set) var virtual = ScreenFigures()
    /// How long before a refresh this compositor is taken to need a commit that it is to show in it, in nanoseconds.
    public private(set) var lead: UInt64 = 0
    /// How long it was measured, in nanoseconds.
    public var duration: UInt64 = 0
    /// What the viewer's process has used meanwhile.
    public var cost = ProcessCost()
    /// How many records nobody took in time.
    public var lost: UInt64 = 0
    /// The input events that were sent to the guest; nil in a run without any.
    public var probes: InputProbes?
    private var estimate = LeadEstimate()

    public init() {}

    /// Whether the figures are a virtual output's, which has no refresh of its own.
    public var isVirtual: Bool { real.presented == 0 && virtual.presented > 0 }
    public var screen: ScreenFigures { real.presented > 0 ? real : virtual }
    /// How long after each input event the screen showed the change that followed; nil in a run without such events.
    public var inputToPresent: LatencyHistogram? { isVirtual ? probes?.inputToVirtualPresent : probes?.inputToRealPresent }
    public var presented: UInt64 { real.presented + virtual.presented }

    /// Learns from frames, in the order of their commits, how much time this compositor needs. Those before the measurement serve, too.
    public mutating func learn(from frames: [FrameRecord]) {
        for frame in frames where frame.fate == .presented {
            estimate.add(wait: frame.commitToPresent, interval: UInt64(frame.refreshInterval))
        }
        lead = estimate.lead
    }

    /// Counts frames, in the order of their commits.
    public mutating func add(_ frames: [FrameRecord]) { for frame in frames { add(frame) } }

    private mutating func add(_ frame: FrameRecord) {
        committed += 1
        passedOver += frame.passedOver
        damagedPixels += frame.damagedPixels
        if frame.isImport { imports += 1 }
        changeToCommit.record(nanoseconds: frame.committedAt - min(frame.changedAt, frame.committedAt))
        queryToCommit.record(nanoseconds: frame.committedAt - min(frame.queriedAt, frame.committedAt))
        if frame.answeredAt > frame.changedAt { changeToAnswer.record(nanoseconds: frame.answeredAt - frame.changedAt) }
        if frame.releasedAt > frame.committedAt { commitToRelease.record(nanoseconds: frame.releasedAt - frame.committedAt) }
        switch frame.fate {
        case .unreported: unreported += 1
        case .superseded: superseded += 1
        case .discarded: discarded += 1
        case .presented where frame.isOnRealScreen: real.add(frame, lead: lead)
        case .presented: virtual.add(frame, lead: lead)
        }
    }
}
