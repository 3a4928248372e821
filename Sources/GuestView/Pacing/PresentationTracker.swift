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
        var committedAt: UInt64 = 0
        /// The commit's time on the presentation clock, which needn't be CLOCK_MONOTONIC.
        var committedOnClock: UInt64 = 0
    }

    /// Presentation feedback's `zero_copy` flag: the buffer itself was scanned out.
    private static let zeroCopy = WpPresentationFeedback.Kind.zeroCopy
    /// A compositor with this many reports outstanding has stopped reporting, and asking for more would only grow the list.
    private static let limit = 64

    private let timing: TimingGlobals
    @exclusivity(unchecked) private var slots: [Slot] = []
    @exclusivity(unchecked) private(set) var waiting = 0
    private let record: (Report) -> Void

    enum Report {
        case presented(Presented)
        case discarded
    }

    /// A frame that reached the screen; times in nanoseconds.
    struct Presented {
        let commitToPresent: UInt64
        let changeToPresent: UInt64
        /// On CLOCK_MONOTONIC, whatever the compositor's clock is.
        let at: UInt64
        /// Nanoseconds until the next refresh; 0 if the compositor doesn't know.
        let refreshInterval: UInt32
        let isZeroCopy: Bool
    }

    init(_ timing: TimingGlobals, record: @escaping (Report) -> Void) {
        self.timing = timing
        self.record = record
    }

    /// Asks for a report on the surface's next commit, which follows at once. Times are CLOCK_MONOTONIC's.
    func follow(_ surface: WlSurface.Ref, changedAt: UInt64, committedAt: UInt64) {
        guard waiting < Self.limit, var feedback = timing.presentation?.feedback(surface: surface) else { return }
        let slot = freeSlot(), clock = timing.clock
        slot.times = Times(
            changedAt: changedAt, committedAt: committedAt,
            committedOnClock: clock == CLOCK_MONOTONIC ? committedAt : Self.now(clock))
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
            case .presented(let high, let low, let nanoseconds, let refresh, _, _, let flags):
                let seconds = UInt64(high) << 32 | UInt64(low)
                presented(slot, at: seconds &* 1_000_000_000 &+ UInt64(nanoseconds), refresh, flags)
            case .discarded: finish(slot, .discarded)
            }
        }
        slots.append(slot)
        return slot
    }

    private func presented(_ slot: Slot, at time: UInt64, _ refresh: UInt32, _ flags: WpPresentationFeedback.Kind) {
        let times = slot.times
        // A refresh cycle may be stamped with its beginning, before our commit came.
        let toPresent = time > times.committedOnClock ? time - times.committedOnClock : 0
        finish(
            slot,
            .presented(
                Presented(
                    commitToPresent: toPresent, changeToPresent: toPresent &+ (times.committedAt &- times.changedAt),
                    at: times.committedAt &+ toPresent, refreshInterval: refresh, isZeroCopy: flags.contains(Self.zeroCopy))))
    }

    /// Frees the slot first: the report may end the window, and this object with it.
    private func finish(_ slot: Slot, _ report: Report) {
        slot.feedback = nil
        waiting -= 1
        record(report)
    }

    private static func now(_ clock: CInt) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
