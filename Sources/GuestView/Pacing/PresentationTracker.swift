// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Glibc
internal import Measurement
internal import Surfaces
internal import Wayland

/// Follows committed frames until they reach the screen. Each frame in flight has a slot that is used again, so that a frame
/// allocates nothing here.
final class PresentationTracker {
    /// One commit that the compositor hasn't reported on.
    private final class Slot {
        @exclusivity(unchecked) var feedback: WpPresentationFeedback?
        @exclusivity(unchecked) var times = Times()
        var listener: Listener<WpPresentationFeedback.Event>?
    }

    private struct Times {
        var changedAt: UInt64 = 0
        var committed = PresentationClock.Reading()
        var number: FrameRecorder.Number = 0
    }

    /// A compositor with this many reports outstanding has stopped reporting, and asking for more would only grow the list.
    private static let limit = 64

    private let timing: TimingGlobals
    @exclusivity(unchecked) private var slots: [Slot] = []
    @exclusivity(unchecked) private(set) var waiting = 0
    private let record: (Report) -> Void

    enum Report {
        case presented(Presented)
        /// The frame of this number was never shown.
        case discarded(FrameRecorder.Number)
    }

    /// A frame that reached the screen; times in nanoseconds.
    struct Presented {
        /// The frame's number as whoever asked for the report knows it.
        let number: FrameRecorder.Number
        let changedAt: UInt64
        let committedAt: UInt64
        /// On CLOCK_MONOTONIC, whatever the compositor's clock is. It may be before the commit: some compositors stamp a refresh with its
        /// beginning.
        let at: UInt64
        /// The largest error of `at`.
        let clockError: UInt64
        /// Nanoseconds until the next refresh; 0 if the compositor doesn't know.
        let refreshInterval: UInt32
        /// The screen's own count of its refreshes; 0 if it has none.
        let sequence: UInt64
        let flags: FrameRecord.Flags

        /// When it was presented, or committed where that was later.
        var shownAt: UInt64 { max(at, committedAt) }
    }

    init(_ timing: TimingGlobals, record: @escaping (Report) -> Void) {
        self.timing = timing
        self.record = record
    }

    /// Asks for a report on the surface's next commit, which follows at once. Times are CLOCK_MONOTONIC's.
    ///
    /// - Parameter number: comes back with the report.
    func follow(_ surface: WlSurface.Ref, _ number: FrameRecorder.Number, changedAt: UInt64, committedAt: UInt64) {
        guard waiting < Self.limit, var feedback = timing.presentation?.feedback(surface: surface) else { return }
        let slot = freeSlot(), clock = timing.clock
        let committed =
            clock == CLOCK_MONOTONIC
            ? PresentationClock.Reading(monotonic: committedAt, presentation: committedAt) : PresentationClock.read(clock)
        slot.times = Times(changedAt: changedAt, committed: committed, number: number)
        feedback.listen(slot.listener!)
        slot.feedback = consume feedback
        waiting += 1
    }

    func close() {
        slots.removeAll()
        waiting = 0
    }

    private func freeSlot() -> Slot {
        for slot in slots where slot.feedback == nil { return slot }
        let slot = Slot()
        slot.listener = Listener { [unowned self, unowned slot] event in
            switch consume event {
            case .syncOutput: break
            case .presented(let high, let low, let nanoseconds, let refresh, let sequenceHigh, let sequenceLow, let flags):
                let seconds = UInt64(high) << 32 | UInt64(low)
                presented(
                    slot, at: seconds &* 1_000_000_000 &+ UInt64(nanoseconds), refresh,
                    sequence: UInt64(sequenceHigh) << 32 | UInt64(sequenceLow), flags)
            case .discarded: finish(slot, .discarded(slot.times.number))
            }
        }
        slots.append(slot)
        return slot
    }

    private func presented(
        _ slot: Slot, at time: UInt64, _ refresh: UInt32, sequence: UInt64, _ flags: WpPresentationFeedback.Kind
    ) {
        let times = slot.times, clock = timing.clock
        let shown =
            clock == CLOCK_MONOTONIC
            ? (at: time, error: 0)
            : PresentationClock.monotonic(time, committed: times.committed, reported: PresentationClock.read(clock))
        finish(
            slot,
            .presented(
                Presented(
                    number: times.number, changedAt: times.changedAt, committedAt: times.committed.monotonic, at: shown.at,
                    clockError: shown.error, refreshInterval: refresh, sequence: sequence,
                    flags: FrameRecord.Flags(rawValue: UInt8(truncatingIfNeeded: flags.rawValue)))))
    }

    /// Frees the slot first: the report may end the window, and this object with it.
    private func finish(_ slot: Slot, _ report: Report) {
        slot.feedback = nil
        waiting -= 1
        record(report)
    }
}
