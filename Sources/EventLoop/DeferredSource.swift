// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CSystemd

/// Work deferred to the loop's next turn. It runs once, however often it is scheduled before then.
public final class DeferredSource {
    private var source: OpaquePointer?
    private let loop: EventLoop
    private let handler: () -> Void

    public init(loop: EventLoop, _ handler: @escaping () -> Void) throws(EventLoopError) {
        self.loop = loop
        self.handler = handler
        try check(
            "sd_event_add_defer",
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
