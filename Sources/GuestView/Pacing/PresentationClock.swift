// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Glibc

/// Relates the compositor's presentation clock to CLOCK_MONOTONIC, by which everything else is timed.
///
/// The two are read together at a frame's commit and at its report. Between these the presentation clock may run a little faster or
/// slower (CLOCK_MONOTONIC_RAW), or may have been set (CLOCK_REALTIME).
enum PresentationClock {
    /// Both clocks at one moment, in nanoseconds.
    struct Reading {
        var monotonic: UInt64 = 0
        var presentation: UInt64 = 0
        /// How far apart the two may have been read.
        var error: UInt64 = 0
    }

    static func read(_ clock: CInt) -> Reading {
        let before = EventLoop.now()
        guard clock != CLOCK_MONOTONIC else { return Reading(monotonic: before, presentation: before) }
        var time = timespec()
        clock_gettime(clock, &time)
        let after = EventLoop.now()
        return Reading(
            monotonic: before + (after - before) / 2,
            presentation: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec), error: (after - before + 1) / 2)
    }

    /// How much faster or slower than CLOCK_MONOTONIC a clock may run that was not set meanwhile. The kernel corrects CLOCK_MONOTONIC
    /// by 500 ppm at most, and 10 % while it catches up (adjtimex(2)).
    private static let mostSkew = 0.1
    /// Some compositors stamp a presentation with the beginning of its refresh, which may be before the commit.
    private static let mostAhead: UInt64 = 100_000_000

    /// A time of the presentation clock on CLOCK_MONOTONIC, and the largest error of that, both in nanoseconds.
    static func monotonic(_ time: UInt64, committed: Reading, reported: Reading) -> (at: UInt64, error: UInt64) {
        let passed = Double(reported.monotonic) - Double(committed.monotonic)
        let counted = Double(reported.presentation) - Double(committed.presentation)
        let error = max(committed.error, reported.error)
        // What two readings may differ by says nothing about the clock.
        if abs(counted - passed) <= passed * mostSkew + Double(2 * error) {
            let rate = counted > 0 ? passed / counted : 1
            // A compositor may send any number.
            let since = min(max(Double(Int64(bitPattern: time &- committed.presentation)) * rate, -4e18), 4e18)
            return (committed.monotonic &+ UInt64(bitPattern: Int64(since.rounded())), error)
        }
        // The clock was set between the two. The time was taken either before that or after it.
        let before = committed.monotonic &+ (time &- committed.presentation)
        let after = reported.monotonic &- (reported.presentation &- time)
        let earliest = committed.monotonic - min(mostAhead, committed.monotonic)
        let range = earliest...max(earliest, reported.monotonic)
        switch (range.contains(before), range.contains(after)) {
        case (true, false): return (before, error)
        case (false, true): return (after, error)
        case (true, true): return (after, (after > before ? after - before : before - after) + error)
        case (false, false): return (reported.monotonic, reported.monotonic - min(committed.monotonic, reported.monotonic))
        }
    }
}
