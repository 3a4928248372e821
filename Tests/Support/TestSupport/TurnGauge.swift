// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import EventLoop
internal import Glibc

/// Turns a loop and notices when a handler sleeps, however busy the machine is.
///
/// The loop itself is never given time to wait. So a turn sleeps only where a handler does: in poll(2), usleep(3), connect(2), a
/// nested loop. The time slept is the time that passed, less the time on a processor and the time in the queue for one.
///
/// ```swift
/// let gauge = try TurnGauge()
/// #expect(try gauge.turn(loop, atMost: 30) { result != nil })
/// #expect(gauge.longestSleep < TurnGauge.frame)
/// ```
public final class TurnGauge {
    /// A frame at 60 Hz, in nanoseconds.
    public static let frame: UInt64 = 16_666_667

    /// The longest sleep within one turn, in nanoseconds.
    public private(set) var longestSleep: UInt64 = 0
    private let thread = pthread_self()

    public init() {}

    /// Turns the loop until `condition` holds. Returns false where the time is over first.
    public func turn(_ loop: EventLoop, atMost seconds: Double, until condition: () -> Bool) throws -> Bool {
        precondition(pthread_equal(thread, pthread_self()) != 0)
        let end = EventLoop.now() + UInt64(seconds * 1e9)
        while !condition() {
            guard EventLoop.now() < end else { return false }
            let (began, worked, switches) = (EventLoop.now(), try Self.usedOrQueued(), Self.sleeps())
            let isBusy = try loop.turn(waitingAtMost: 0)
            // Without a switch of its own accord the thread hasn't slept: the host may have taken the processor away.
            if Self.sleeps() > switches {
                let (passed, used) = (EventLoop.now() - began, try Self.usedOrQueued() - worked)
                longestSleep = max(longestSleep, passed > used ? passed - used : 0)
            }
            if !isBusy { usleep(500) }
        }
        return true
    }

    /// Nanoseconds that this thread has been on a processor, or has waited for one.
    private static func usedOrQueued() throws -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        // The second number of schedstat is the time in the queue (Documentation/scheduler/sched-stats.rst).
        let file = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        var text = [UInt8](repeating: 0, count: 128)
        let count = read(file, &text, text.count)
        let numbers = String(decoding: text[..<max(count, 0)], as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard numbers.count >= 2, let queued = UInt64(numbers[1]) else { throw TestSupportError("no schedstat") }
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec) + queued
    }

    /// How often this thread has given up its processor of its own accord.
    private static func sleeps() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(1), &usage)  // RUSAGE_THREAD
        return usage.ru_nvcsw
    }
}
