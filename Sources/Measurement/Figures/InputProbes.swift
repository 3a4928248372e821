// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Matches input events that were sent to a guest with the changes that followed: a value that hears of each event, a *probe*, when it is
/// sent, and of the frames later, in the order of their commits.
///
/// ```
///          sent                    first change: answered, or `patience` is over: unanswered
///  pausing ────────► awaiting ───────────────────────────────────────────────────────────────► pausing
/// ```
/// The first change after a probe is taken for its answer. Nothing in a change says what caused it, so changes in the pauses are counted:
/// a guest that also changes by itself gives wrong answers, and ``doubtfulShare`` says about how many.
public struct InputProbes {
    /// How long an answer may take, in nanoseconds.
    public static let patience: UInt64 = 1_000_000_000
    /// Nanoseconds after an answer in which further changes may belong to it. The pause begins then.
    public static let settlingTime: UInt64 = 100_000_000
    /// The answers whose presentation is awaited at a time.
    private static let mostUnpresented = 64
    /// The outcomes that are kept until somebody takes them.
    private static let mostOutcomes = 1024

    public private(set) var sent: UInt64 = 0
    public private(set) var answered: UInt64 = 0
    public private(set) var unanswered: UInt64 = 0
    /// The changes in the pauses, which no probe has caused.
    public private(set) var changesInPauses: UInt64 = 0
    /// How long the pauses were, in nanoseconds.
    public private(set) var pauseTime: UInt64 = 0
    /// How long the guest's next change came after each probe.
    public private(set) var inputToChange = LatencyHistogram(.threeDigits)
    /// How long after each probe a real screen showed that change, or a newer one.
    public private(set) var inputToRealPresent = LatencyHistogram(.threeDigits)
    /// The same for a virtual output.
    public private(set) var inputToVirtualPresent = LatencyHistogram(.threeDigits)

    /// What became of a probe. Times are CLOCK_MONOTONIC's in nanoseconds.
    public struct Outcome: Equatable, Sendable {
        public let sentAt: UInt64
        /// When the change came that is taken for its answer; nil for a probe without one.
        public let changedAt: UInt64?
        /// When that change, or a newer one, was on screen; nil where it never was or nobody knows.
        public let presentedAt: UInt64?
    }

    private enum State {
        /// Nothing is awaited. Changes from `start` on are the guest's own; there were so many.
        case pausing(from: UInt64, changes: UInt64)
        /// The answer to the probe of this time is awaited.
        case awaiting(since: UInt64)
    }

    private var state: State
    /// When the probes were sent that no frame has reached yet.
    private var coming: [UInt64] = []
    /// The probes whose answers were committed but not presented yet, and when these changes came.
    private var unpresented: [(sentAt: UInt64, changedAt: UInt64)] = []
    private var outcomes: [Outcome] = []

    /// Times are CLOCK_MONOTONIC's in nanoseconds.
    ///
    /// - Parameter start: when the first pause begins.
    public init(from start: UInt64) { state = .pausing(from: start, changes: 0) }

    /// A probe was sent, later than all frames that were added so far were changed.
    public mutating func send(at time: UInt64) {
        sent += 1
        coming.append(time)
    }

    /// Adds frames, in the order of their commits.
    ///
    /// - Parameter deadline: every frame that was committed before this time has been added now.
    public mutating func add(_ frames: [FrameRecord], committedBefore deadline: UInt64) {
        for frame in frames { add(frame) }
        advance(to: deadline)
    }

    /// No more frames come: the answers that weren't on screen never are.
    public mutating func finish() {
        for probe in unpresented { note(Outcome(sentAt: probe.sentAt, changedAt: probe.changedAt, presentedAt: nil)) }
        unpresented.removeAll()
    }

    private mutating func add(_ frame: FrameRecord) {
        // A guest may say any time.
        let changedAt = min(frame.changedAt, frame.committedAt)
        advance(to: changedAt)
        switch state {
        case .awaiting(let since):
            // Frames that were changed before the probe can follow it, as their commits do.
            guard changedAt >= since else { break }
            answered += 1
            inputToChange.record(nanoseconds: changedAt - since)
            if frame.fate != .unreported, unpresented.count < Self.mostUnpresented {
                unpresented.append((since, changedAt))
            } else {
                note(Outcome(sentAt: since, changedAt: changedAt, presentedAt: nil))
            }
            state = .pausing(from: changedAt + Self.settlingTime, changes: 0)
        case .pausing(let start, let changes):
            if changedAt >= start { state = .pausing(from: start, changes: changes + 1) }
        }
        guard frame.fate == .presented else { return }
        for probe in unpresented {
            let time = frame.presentedAt - min(probe.sentAt, frame.presentedAt)
            note(Outcome(sentAt: probe.sentAt, changedAt: probe.changedAt, presentedAt: frame.presentedAt))
            if frame.isOnRealScreen {
                inputToRealPresent.record(nanoseconds: time)
            } else {
                inputToVirtualPresent.record(nanoseconds: time)
            }
        }
        unpresented.removeAll()
    }

    /// No change comes any more from before this time: begins the probes that were sent until then, and gives up those that have waited for
    /// too long.
    private mutating func advance(to time: UInt64) {
        while true {
            switch state {
            case .awaiting(let since):
                let end = min(since + Self.patience, coming.first ?? .max)
                guard time >= end else { return }
                unanswered += 1
                note(Outcome(sentAt: since, changedAt: nil, presentedAt: nil))
                state = .pausing(from: end + Self.settlingTime, changes: 0)
            case .pausing(let start, let changes):
                guard let next = coming.first, time >= next else { return }
                coming.removeFirst()
                if next > start {
                    pauseTime += next - start
                    changesInPauses += changes
                }
                state = .awaiting(since: next)
            }
        }
    }

    private mutating func note(_ outcome: Outcome) { if outcomes.count < Self.mostOutcomes { outcomes.append(outcome) } }

    /// Takes out what has become known since the last time.
    public mutating func takeOutcomes() -> [Outcome] {
        defer { outcomes.removeAll() }
        return outcomes
    }

    /// The changes a second in the pauses; nil where there was no pause.
    public var rateInPauses: Double? { pauseTime == 0 ? nil : Double(changesInPauses) * 1e9 / Double(pauseTime) }

    /// About the share of the answers that are changes of the guest's own; nil where there is no answer.
    ///
    /// If a guest that answers after a time `a` also changes by itself `r` times a second, at any time, then a share of 1 − exp(−ra) of the
    /// answers is wrong, and the mean of what is measured is (1 − exp(−ra)) / r: the share is `r` times that mean.
    public var doubtfulShare: Double? {
        guard answered > 0, let rateInPauses else { return nil }
        return min(rateInPauses * inputToChange.mean / 1e9, 1)
    }
}
