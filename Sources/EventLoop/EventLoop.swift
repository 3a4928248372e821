// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CSystemd
internal import Glibc

/// A failed call to sd-event.
public struct EventLoopError: Error, CustomStringConvertible {
    public let operation: String
    /// A positive errno.
    public let code: CInt

    public var description: String { "\(operation): \(String(cString: strerror(code)))" }
}

/// An event loop for descriptors, timers and signals on one thread, built on sd-event.
///
/// ```swift
/// let loop = try EventLoop()
/// let watch = try loop.watch(fd) { _ in … }     // until `watch` is released
/// try loop.run()                                // until `loop.stop()`
/// ```
public final class EventLoop {
    public let event: OpaquePointer

    public init() throws(EventLoopError) {
        var event: OpaquePointer?
        try check("sd_event_new", sd_event_new(&event))
        self.event = event!
        // The first timer opens the descriptor that all timers of the loop share. None after it can fail for want of one.
        var first: OpaquePointer?
        try check(
            "sd_event_add_time", sd_event_add_time(self.event, &first, CLOCK_MONOTONIC, UInt64.max, 1, { _, _, _ in 0 }, nil))
        sd_event_source_unref(first)
    }

    deinit { sd_event_unref(event) }

    /// Runs until ``stop()`` is called.
    public func run() throws(EventLoopError) { try check("sd_event_loop", sd_event_loop(event)) }

    /// Runs one turn, waiting for at most `nanoseconds`. Returns whether a handler ran.
    @discardableResult
    public func turn(waitingAtMost nanoseconds: UInt64) throws(EventLoopError) -> Bool {
        try check("sd_event_run", sd_event_run(event, nanoseconds / 1000)) > 0
    }

    /// Turns until there is a result: for programs that have nothing else to do meanwhile.
    public func wait<Result>(for result: () -> Result?) throws(EventLoopError) -> Result {
        while true {
            if let result = result() { return result }
            try turn(waitingAtMost: 1_000_000_000)
        }
    }

    /// Makes ``run()`` return after the current turn.
    public func stop() { sd_event_exit(event, 0) }

    /// Calls `handler` while the descriptor is ready, until the returned source is released. The descriptor is borrowed.
    ///
    /// - Parameter prepare: runs in every turn, before the loop waits. Libraries prepare their reads and flush their output there.
    public func watch(
        _ descriptor: CInt, for interest: Interest = .readable, beforeWaiting prepare: (() -> Void)? = nil,
        _ handler: @escaping (Interest) -> Void
    ) throws(EventLoopError) -> DescriptorSource {
        try DescriptorSource(loop: self, descriptor: descriptor, interest: interest, beforeWaiting: prepare, handler: handler)
    }

    /// Creates a timer, which is initially disarmed.
    public func timer(_ handler: @escaping () -> Void) -> TimerSource { TimerSource(loop: self, handler: handler) }

    /// Calls `handler` on the loop when the signal arrives. The signal is blocked for this thread and for threads created by it
    /// later.
    public func signal(_ number: CInt, _ handler: @escaping () -> Void) throws(EventLoopError) -> SignalSource {
        try SignalSource(loop: self, number: number, handler: handler)
    }

    /// The current time of CLOCK_MONOTONIC in nanoseconds.
    public static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// The conditions that a descriptor is watched for. The raw values are those of epoll.
public struct Interest: OptionSet, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let readable = Interest(rawValue: 0x001)  // EPOLLIN
    public static let writable = Interest(rawValue: 0x004)  // EPOLLOUT
}

/// Checks a call that needs nothing but memory. A loop that has ended takes no more sources (ESTALE): they never fire.
func checkMemory(_ result: CInt) { precondition(result >= 0 || result == -ESTALE, String(cString: strerror(-result))) }

@discardableResult
func check(_ operation: String, _ result: CInt) throws(EventLoopError) -> CInt {
    guard result >= 0 else { throw EventLoopError(operation: operation, code: -result) }
    return result
}
