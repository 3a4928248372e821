// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CSystemd
internal import Glibc

// Each source is owned by its creator alone: sd-event keeps an unretained pointer to it, which deinit removes.

/// A watched descriptor. Release this before the descriptor is closed: where another process has inherited it, epoll would go on telling
/// of a descriptor that isn't there.
public final class DescriptorSource {
    private let registration: Registration

    init(
        loop: EventLoop, descriptor: CInt, interest: Interest, beforeWaiting prepare: (() -> Void)?,
        handler: @escaping (Interest) -> Void
    ) throws(EventLoopError) {
        registration = try Registration(
            loop: loop, descriptor: descriptor, interest: interest, beforeWaiting: prepare, handler: handler)
    }

    deinit { registration.end() }

    /// Changes the conditions to wait for, from the next turn on. It makes a system call only if they differ.
    public func wait(for interest: Interest) { registration.wait(for: interest) }

    /// What sd-event calls. It outlives its source while a handler runs that releases that: the descriptor is watched no more at once.
    private final class Registration {
        private var source: OpaquePointer?
        private let loop: EventLoop
        private let handler: (Interest) -> Void
        private let prepare: (() -> Void)?
        private var interest: Interest

        init(
            loop: EventLoop, descriptor: CInt, interest: Interest, beforeWaiting prepare: (() -> Void)?,
            handler: @escaping (Interest) -> Void
        ) throws(EventLoopError) {
            self.loop = loop
            self.handler = handler
            self.prepare = prepare
            self.interest = interest
            try check(
                "sd_event_add_io",
                sd_event_add_io(
                    loop.event, &source, descriptor, interest.rawValue,
                    { _, _, ready, data in
                        Unmanaged<Registration>.fromOpaque(data!).takeUnretainedValue().fire(Interest(rawValue: ready))
                        return 0
                    }, Unmanaged.passUnretained(self).toOpaque()))
            guard prepare != nil else { return }
            try check(
                "sd_event_source_set_prepare",
                sd_event_source_set_prepare(source) { _, data in
                    Unmanaged<Registration>.fromOpaque(data!).takeUnretainedValue().prepareToWait()
                    return 0
                })
        }

        deinit { end() }

        func end() { source = sd_event_source_disable_unref(source) }

        // Functions of their own: on `self` they run the stored closures without another retain.

        @inline(never)
        private func fire(_ ready: Interest) { handler(ready) }

        @inline(never)
        private func prepareToWait() { prepare?() }

        func wait(for interest: Interest) {
            guard interest != self.interest else { return }
            self.interest = interest
            sd_event_source_set_io_events(source, interest.rawValue)
        }
    }
}

/// A timer that fires once each time it is armed.
public final class TimerSource {
    private var source: OpaquePointer?
    private let loop: EventLoop
    private let handler: () -> Void

    init(loop: EventLoop, handler: @escaping () -> Void) {
        self.loop = loop
        self.handler = handler
        // An accuracy of 0 would mean sd-event's default of 250 ms.
        checkMemory(
            sd_event_add_time(
                loop.event, &source, CLOCK_MONOTONIC, UInt64.max, 1,
                { _, _, data in
                    Unmanaged<TimerSource>.fromOpaque(data!).takeUnretainedValue().handler()
                    return 0
                }, Unmanaged.passUnretained(self).toOpaque()))
        disarm()
    }

    deinit { sd_event_source_disable_unref(source) }

    /// Fires once after this many nanoseconds. Arming again replaces the earlier time.
    public func arm(after nanoseconds: UInt64) { arm(at: EventLoop.now() &+ nanoseconds) }

    /// Fires once at this time of CLOCK_MONOTONIC in nanoseconds, rounded up to the microsecond.
    public func arm(at nanoseconds: UInt64) {
        sd_event_source_set_time(source, nanoseconds / 1000 + 1)
        sd_event_source_set_enabled(source, CInt(SD_EVENT_ONESHOT))
    }

    public func disarm() { sd_event_source_set_enabled(source, CInt(SD_EVENT_OFF)) }
}

/// Work deferred to the loop's next turn. It runs once, however often it is scheduled before then.
public final class DeferredSource {
    private var source: OpaquePointer?
    private let loop: EventLoop
    private let handler: () -> Void

    public init(loop: EventLoop, _ handler: @escaping () -> Void) {
        self.loop = loop
        self.handler = handler
        checkMemory(
            sd_event_add_defer(
                loop.event, &source,
                { _, data in
                    Unmanaged<DeferredSource>.fromOpaque(data!).takeUnretainedValue().handler()
                    return 0
                }, Unmanaged.passUnretained(self).toOpaque()))
        sd_event_source_set_enabled(source, CInt(SD_EVENT_OFF))
    }

    deinit { sd_event_source_disable_unref(source) }

    /// Runs the handler once, in the next turn.
    public func schedule() { sd_event_source_set_enabled(source, CInt(SD_EVENT_ONESHOT)) }

    public func cancel() { sd_event_source_set_enabled(source, CInt(SD_EVENT_OFF)) }
}

/// A signal that is delivered through the loop.
public final class SignalSource {
    private var source: OpaquePointer?
    private let loop: EventLoop
    private let handler: () -> Void

    init(loop: EventLoop, number: CInt, handler: @escaping () -> Void) throws(EventLoopError) {
        self.loop = loop
        self.handler = handler
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, number)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        try check(
            "sd_event_add_signal",
            sd_event_add_signal(
                loop.event, &source, number,
                { _, _, data in
                    Unmanaged<SignalSource>.fromOpaque(data!).takeUnretainedValue().handler()
                    return 0
                }, Unmanaged.passUnretained(self).toOpaque()))
    }

    deinit { sd_event_source_disable_unref(source) }
}
