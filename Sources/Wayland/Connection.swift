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
/// try connection.attach(to: loop, for: client)
/// ```
/// Objects created on the connection remain valid after it is released; they just receive no more events.
public final class Connection {
    let display: DisplayHandle
    private var attachment: Attachment?
    /// Whether a read has been prepared. libwayland then waits for the read or its cancellation.
    private var isReadPrepared = false

    /// A class, so that a turn of the loop copies one reference.
    private final class Attachment {
        let loop: EventLoop
        let source: DescriptorSource
        var client: any ConnectionClient
        /// Whether the socket was full at the last flush.
        var isBlocked = false

        init(_ loop: EventLoop, _ source: DescriptorSource, for client: any ConnectionClient) {
            self.loop = loop
            self.source = source
            self.client = client
        }
    }

    /// Connects to a socket given by name or path. With nil, libwayland uses `WAYLAND_SOCKET` or `WAYLAND_DISPLAY`.
    public init(display: String? = nil) throws(WaylandError) {
        oriel_silence_wayland()
        guard let pointer = wl_display_connect(display) else { throw .noCompositor(display: Self.socket(display)) }
        self.display = DisplayHandle(pointer)
    }

    /// Takes ownership of a connected socket. The socket is closed even if this fails.
    public init(adopting socket: CInt) throws(WaylandError) {
        guard let pointer = wl_display_connect_to_fd(socket) else {
            throw .noCompositor(display: "descriptor \(socket)")
        }
        display = DisplayHandle(pointer)
    }

    deinit { detach() }

    public var descriptor: CInt { wl_display_get_fd(display.pointer) }

    /// Why the connection has ended; nil while it is open.
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

    /// Blocks until the compositor has handled all requests sent so far, and dispatches its events. Only for use at startup.
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

    /// Sends the buffered requests. Returns false if the socket is full; the caller then waits until it is writable.
    @discardableResult
    public func flush() throws(WaylandError) -> Bool {
        if wl_display_flush(display.pointer) >= 0 { return true }
        let code = errno
        switch code {
        case EAGAIN: return false
        // The compositor hung up, perhaps after a protocol error that hasn't been read yet. The loop will read and report it.
        case EPIPE where attachment != nil: return true
        default: throw failure ?? .disconnected(errno: code)
        }
    }

    /// Sends `wl_display.sync`: `done` arrives when the compositor has handled all requests sent before.
    public func synchronise() -> WlCallback {
        var wire: [1 of wl_argument] = [wl_argument(o: nil)]
        return WlCallback(adopting: root.create(0, WlCallback.interface, version: 1, &wire))
    }

    /// Sends `wl_display.get_registry`.
    func makeRegistry() -> WlRegistry {
        var wire: [1 of wl_argument] = [wl_argument(o: nil)]
        return WlRegistry(adopting: root.create(1, WlRegistry.interface, version: 1, &wire))
    }

    /// The wl_display as an object: it is itself a proxy.
    private var root: ObjectHandle { ObjectHandle(display.pointer, display) }

    /// The path of a display's socket; without `XDG_RUNTIME_DIR`, the variable's name is in its place.
    ///
    /// - Parameter display: a name or a path; nil for the one in the environment.
    package static func socket(_ display: String?) -> String {
        let name = display ?? environment("WAYLAND_DISPLAY") ?? "wayland-0"
        if name.hasPrefix("/") { return name }
        return (environment("XDG_RUNTIME_DIR") ?? "$XDG_RUNTIME_DIR") + "/" + name
    }

    private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

/// A round trip in progress. The caller can do other work between starting it and waiting for its end.
public final class RoundTrip {
    private let connection: Connection
    private var answer: WlCallback
    private var isDone = false
    /// Called when it ends on the loop, or while another round trip is waited for.
    public var onDone: (() -> Void)?

    /// Sends the buffered requests and a `wl_display.sync`.
    public init(_ connection: Connection) throws(WaylandError) {
        self.connection = connection
        answer = connection.synchronise()
        answer.listen(
            Listener { [unowned self] _ in
                isDone = true
                onDone?()
            })
        try connection.flush()
    }

    /// The longest wait for an answer at startup, in nanoseconds. A socket that isn't a compositor's never answers; GNOME's
    /// compositor takes several seconds where it draws its desktop in software.
    private static let patience: UInt64 = 10_000_000_000

    /// Blocks until the compositor has handled all requests sent before this round trip, and dispatches its events.
    public func wait() throws(WaylandError) {
        connection.cancelRead()
        let deadline = EventLoop.now() + Self.patience
        while !isDone { try connection.readOnce(until: deadline) }
    }
}

// MARK: - On the event loop

extension Connection {
    /// Reads and dispatches events on the loop, and flushes requests once a turn, before the loop waits.
    ///
    /// The loop's handlers end with the connection, which may be released inside one of its own events.
    ///
    /// - Parameter client: held until the connection is detached. It takes the place of the client before it, if the connection is on this
    ///   loop already.
    public func attach(to loop: EventLoop, for client: any ConnectionClient) throws(EventLoopError) {
        if let attachment, attachment.loop === loop {
            attachment.client = client
            return
        }
        detach()
        let source = try loop.watch(descriptor, beforeWaiting: { [unowned self] in prepareToWait() }) { [unowned self] ready in
            handle(ready)
        }
        attachment = Attachment(loop, source, for: client)
    }

    /// The loop that reads this connection; nil while it is attached to none.
    public var loop: EventLoop? { attachment?.loop }

    /// Removes the connection from its loop.
    public func detach() {
        cancelRead()
        attachment = nil
    }

    private func prepareToWait() {
        // If only other sources were ready in the last turn, the earlier preparation is still valid.
        while !isReadPrepared {
            // An event dispatched below may have detached the connection.
            guard attachment != nil else { return }
            if wl_display_prepare_read(display.pointer) == 0 {
                isReadPrepared = true
            } else if wl_display_dispatch_pending(display.pointer) < 0 {
                return end()
            }
        }
        guard let attachment else { return }
        let client = attachment.client
        do throws(WaylandError) {
            // What the socket had no room for goes first: a client that is asked for more at every turn would fill the memory.
            if attachment.isBlocked {
                guard try flush() else { return }
                attachment.isBlocked = false
                client.connectionDidFlush()
                guard self.attachment === attachment else { return }
            }
            client.connectionWillFlush()
            // What is committed there may have been the end of all windows.
            guard self.attachment === attachment else { return }
            attachment.isBlocked = try !flush()
            attachment.source.wait(for: attachment.isBlocked ? [.readable, .writable] : .readable)
            if !attachment.isBlocked { client.connectionDidFlush() }
        } catch {
            end(error)
        }
    }

    private func handle(_ ready: Interest) {
        // If the socket is only writable, nothing is left to do here: the flush before the next wait suffices.
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
        let client = attachment?.client
        detach()
        client?.connectionDidEnd(failure ?? error ?? .disconnected(errno: code))
    }
}

/// The user of a connection that is on the loop.
public protocol ConnectionClient: AnyObject {
    /// The turn's handlers have run. What is sent now goes out at once, unless the socket is full. Not called while requests of an
    /// earlier turn wait for room in the socket.
    func connectionWillFlush()
    /// All that was sent is with the compositor.
    func connectionDidFlush()
    /// Called once, after the compositor has gone or has reported a protocol error. The connection is already detached.
    func connectionDidEnd(_ error: WaylandError)
}

/// Why the connection to the compositor can't be made, or has ended.
public enum WaylandError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Nothing listens on the socket that was tried.
    case noCompositor(display: String)
    /// Something listens on the socket but doesn't answer.
    case silent
    /// The compositor lacks a global, or offers only a lower version than needed.
    case missingGlobal(interface: String, version: UInt32, offered: UInt32?)
    /// The compositor ended the connection because of a request on this object.
    case protocolError(interface: String, code: UInt32, object: UInt32)
    /// The compositor is gone. The payload is a positive errno.
    case disconnected(errno: CInt)

    public var description: String {
        switch self {
        case .noCompositor(let display):
            "no Wayland compositor at \(display): start one, or set WAYLAND_DISPLAY and XDG_RUNTIME_DIR to its socket"
        case .silent:
            "nothing answers on the Wayland socket: set WAYLAND_DISPLAY to a compositor's socket"
        case .missingGlobal(let interface, let version, nil):
            "the compositor offers no \(interface) (version \(version) is needed)"
        case .missingGlobal(let interface, let version, let offered?):
            "the compositor offers \(interface) only in version \(offered) (version \(version) is needed)"
        case .protocolError(let interface, let code, let object):
            "the compositor reports error \(code) on \(interface)@\(object) and ended the connection"
        case .disconnected(let code):
            "the compositor is gone: \(String(cString: strerror(code)))"
        }
    }
}
