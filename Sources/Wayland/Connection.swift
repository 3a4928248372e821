// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CWayland
public import EventLoop
internal import Glibc

/// A connection to a compositor.
///
/// ```swift
/// let connection = try Connection()
/// let registry = Registry(connection)
/// try connection.roundtrip()
/// let compositor = try registry.bind(WlCompositor.self, atLeast: 4)
/// try connection.attach(to: loop) { error in … }
/// ```
/// Objects made over it stay valid when it goes first; they just hear nothing any more.
public final class Connection {
    let display: DisplayHandle
    private var attachment: Attachment?
    /// libwayland waits for a read or its cancellation.
    private var isReadPrepared = false

    private struct Attachment {
        let source: DescriptorSource
        let beforeFlush: () -> Void
        let afterFlush: () -> Void
        let onEnd: (WaylandError) -> Void
    }

    /// Connects to a socket's name or path; nil is `WAYLAND_SOCKET` or `WAYLAND_DISPLAY`, as libwayland does it.
    public init(display: String? = nil) throws(WaylandError) {
        oriel_silence_wayland()
        guard let pointer = wl_display_connect(display) else { throw .noCompositor(display: Self.socket(display)) }
        self.display = DisplayHandle(pointer)
    }

    /// Takes over a connected socket; it is closed also where this fails.
    public init(adopting socket: CInt) throws(WaylandError) {
        guard let pointer = wl_display_connect_to_fd(socket) else {
            throw .noCompositor(display: "descriptor \(socket)")
        }
        display = DisplayHandle(pointer)
    }

    deinit { detach() }

    public var descriptor: CInt { wl_display_get_fd(display.pointer) }

    /// Why the connection has ended, nil while it hasn't.
    public var failure: WaylandError? {
        let code = wl_display_get_error(display.pointer)
        guard code != 0 else { return nil }
        guard code == EPROTO else { return .disconnected(errno: code) }
        var interface: UnsafePointer<wl_interface>?
        var object: UInt32 = 0
        let error = wl_display_get_protocol_error(display.pointer, &interface, &object)
        let name = interface.map { String(cString: $0.pointee.name) }
        return .protocolError(interface: name ?? "object", code: error, object: object)
    }

    /// Waits until the compositor has handled all that was sent, and dispatches its answers. For the start only.
    public func roundtrip() throws(WaylandError) { try RoundTrip(self).wait() }

    fileprivate func readOnce(until deadline: UInt64) throws(WaylandError) {
        while wl_display_prepare_read(display.pointer) != 0 {
            guard wl_display_dispatch_pending(display.pointer) >= 0 else { throw failure ?? .disconnected(errno: errno) }
        }
        let isFlushed = wl_display_flush(display.pointer) >= 0 || errno != EAGAIN
        let now = EventLoop.now()
        var ready = pollfd(fd: descriptor, events: Int16(isFlushed ? POLLIN : POLLIN | POLLOUT), revents: 0)
        let count = now < deadline ? poll(&ready, 1, CInt((deadline - now) / 1_000_000) + 1) : 0
        guard count > 0 else {
            wl_display_cancel_read(display.pointer)
            if count < 0 && errno == EINTR { return }
            throw .silent
        }
        if ready.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 {
            guard wl_display_read_events(display.pointer) == 0 else { throw failure ?? .disconnected(errno: errno) }
        } else {
            wl_display_cancel_read(display.pointer)
        }
        guard wl_display_dispatch_pending(display.pointer) >= 0 else { throw failure ?? .disconnected(errno: errno) }
    }

    /// Sends what is buffered. False: the socket is full, and waiting for it to become writable is due.
    @discardableResult
    public func flush() throws(WaylandError) -> Bool {
        if wl_display_flush(display.pointer) >= 0 { return true }
        let code = errno
        switch code {
        case EAGAIN: return false
        // The compositor hung up, perhaps after a protocol error that is still to be read: the loop reads and reports it.
        case EPIPE where attachment != nil: return true
        default: throw failure ?? .disconnected(errno: code)
        }
    }

    /// `wl_display.sync`: `done` comes when the compositor has handled everything sent before.
    public func synchronise() -> WlCallback {
        var wire: [1 of wl_argument] = [wl_argument(o: nil)]
        return WlCallback(adopting: root.create(0, WlCallback.interface, version: 1, &wire))
    }

    /// `wl_display.get_registry`
    func makeRegistry() -> WlRegistry {
        var wire: [1 of wl_argument] = [wl_argument(o: nil)]
        return WlRegistry(adopting: root.create(1, WlRegistry.interface, version: 1, &wire))
    }

    /// A wl_display is a proxy itself.
    private var root: ObjectHandle { ObjectHandle(display.pointer, display) }

    private static func socket(_ display: String?) -> String {
        let name = display ?? environment("WAYLAND_DISPLAY") ?? "wayland-0"
        if name.hasPrefix("/") { return name }
        return (environment("XDG_RUNTIME_DIR") ?? "$XDG_RUNTIME_DIR") + "/" + name
    }

    private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

/// A round trip under way: between its start and the wait for its end there is time for something else.
public final class RoundTrip {
    private let connection: Connection
    private var answer: WlCallback
    private var isDone = false

    /// Sends what is buffered, and the question.
    public init(_ connection: Connection) throws(WaylandError) {
        self.connection = connection
        answer = connection.synchronise()
        answer.listen(Listener { [unowned self] _ in isDone = true })
        try connection.flush()
    }

    /// How long a start may wait for an answer: a socket of somebody else's never gives one, and GNOME's compositor, where software
    /// draws its desktop, none for some seconds.
    private static let patience: UInt64 = 10_000_000_000

    /// Waits until the compositor has handled all that was sent before, and dispatches its answers.
    public func wait() throws(WaylandError) {
        connection.cancelRead()
        let deadline = EventLoop.now() + Self.patience
        while !isDone { try connection.readOnce(until: deadline) }
    }
}

// MARK: - On the event loop

extension Connection {
    /// Reads and dispatches on the loop, and flushes once a turn, before the loop waits.
    ///
    /// The handlers hold the connection weakly: whoever drops it inside one of its own events may do so.
    ///
    /// - Parameters:
    ///   - beforeFlush: runs once a turn, after the turn's handlers and before what they sent goes out.
    ///   - afterFlush: runs when all that was sent is with the compositor.
    ///   - onEnd: comes once, when the compositor is gone or has reported a protocol error; the connection is detached by then.
    public func attach(
        to loop: EventLoop, beforeFlush: @escaping () -> Void = {}, afterFlush: @escaping () -> Void = {},
        onEnd: @escaping (WaylandError) -> Void
    ) throws(EventLoopError) {
        detach()
        let source = try loop.watch(descriptor) { [weak self] ready in self?.handle(ready) }
        try source.beforeWaiting { [weak self] in self?.prepareToWait() }
        attachment = Attachment(source: source, beforeFlush: beforeFlush, afterFlush: afterFlush, onEnd: onEnd)
    }

    /// Takes the connection off its loop.
    public func detach() {
        cancelRead()
        attachment = nil
    }

    private func prepareToWait() {
        // Where only other sources were ready since, the earlier preparation still stands.
        while !isReadPrepared {
            // What is dispatched here may detach.
            guard attachment != nil else { return }
            if wl_display_prepare_read(display.pointer) == 0 {
                isReadPrepared = true
            } else if wl_display_dispatch_pending(display.pointer) < 0 {
                return end()
            }
        }
        attachment?.beforeFlush()
        // What is committed there may have been the end of all windows.
        guard let attachment else { return }
        do throws(WaylandError) {
            let isFlushed = try flush()
            attachment.source.wait(for: isFlushed ? .readable : [.readable, .writable])
            if isFlushed { attachment.afterFlush() }
        } catch {
            end(error)
        }
    }

    private func handle(_ ready: Interest) {
        // Writable alone: the flush before the next wait is all that is due.
        guard ready != .writable, isReadPrepared else { return }
        isReadPrepared = false
        guard wl_display_read_events(display.pointer) == 0, wl_display_dispatch_pending(display.pointer) >= 0 else {
            return end()
        }
    }

    fileprivate func cancelRead() {
        guard isReadPrepared else { return }
        isReadPrepared = false
        wl_display_cancel_read(display.pointer)
    }

    private func end(_ error: WaylandError? = nil) {
        let code = errno
        let onEnd = attachment?.onEnd
        detach()
        onEnd?(failure ?? error ?? .disconnected(errno: code))
    }
}
