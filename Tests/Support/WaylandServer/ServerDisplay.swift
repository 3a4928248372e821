// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CWaylandServer
internal import Glibc

/// The server end of Wayland without any behaviour. Tests add globals and handlers.
///
/// ```swift
/// let display = ServerDisplay()
/// let compositor = ServerGlobal(display, WlCompositorResource.self) { $0.setHandler(…) }
/// let connection = try Connection(adopting: display.connect())
/// while … { display.dispatch(); display.flushClients() }
/// ```
/// Everything happens on the thread that calls ``dispatch(waitingAtMost:)``.
public final class ServerDisplay {
    let pointer: OpaquePointer
    private var logger: OpaquePointer?
    /// Called with every request of a known object before its handler, as `wl_surface@5.attach(wl_buffer@7, 0, 0)`.
    public var onRequest: ((ServerClient, String) -> Void)?
    /// Called with every event that is sent, in the same form.
    public var onEvent: ((ServerClient, String) -> Void)?

    public init() {
        pointer = wl_display_create()!
        logger = wl_display_add_protocol_logger(
            pointer,
            { data, direction, message in
                let display = Unmanaged<ServerDisplay>.fromOpaque(data!).takeUnretainedValue()
                let hear = direction == WL_PROTOCOL_LOGGER_REQUEST ? display.onRequest : display.onEvent
                guard let hear else { return }
                hear(ServerClient(wl_resource_get_client(message!.pointee.resource)), text(of: message!.pointee))
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        wl_display_destroy_clients(pointer)
        wl_protocol_logger_destroy(logger)
        wl_display_destroy(pointer)
    }

    /// Listens at `$XDG_RUNTIME_DIR/name` or at an absolute path. Returns false, with errno set, on failure.
    public func addSocket(_ name: String) -> Bool { wl_display_add_socket(pointer, name) == 0 }

    /// Creates a client on a socket pair and returns the client's end, which the caller owns.
    public func connect() -> CInt {
        var ends: [CInt] = [-1, -1]
        precondition(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
        adoptClient(socket: ends[0])
        return ends[1]
    }

    /// Creates a client on a connected socket, which libwayland owns from now on.
    @discardableResult
    public func adoptClient(socket: CInt) -> ServerClient { ServerClient(wl_client_create(pointer, socket)) }

    /// Readable when ``dispatch(waitingAtMost:)`` has something to do.
    public var descriptor: CInt { wl_event_loop_get_fd(wl_display_get_event_loop(pointer)) }

    /// Handles clients' requests, waiting for at most this many milliseconds; -1 waits indefinitely.
    public func dispatch(waitingAtMost milliseconds: CInt = 0) {
        wl_event_loop_dispatch(wl_display_get_event_loop(pointer), milliseconds)
    }

    /// Sends the events. ``dispatch(waitingAtMost:)`` doesn't do so after handling requests.
    public func flushClients() { wl_display_flush_clients(pointer) }

    /// Disconnects every client, as a crashing compositor does. Inside a handler use ``ServerClient/hangUp()`` instead.
    public func terminateClients() { wl_display_destroy_clients(pointer) }

    public func nextSerial() -> UInt32 { wl_display_next_serial(pointer) }
}

/// Refers to one client of a ``ServerDisplay``. Valid while the client is connected.
public struct ServerClient: Hashable {
    let pointer: OpaquePointer
    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    /// Shuts down the client's socket in both directions, also from inside a handler. The display notices at the next dispatch.
    public func hangUp() {
        wl_client_flush(pointer)
        shutdown(wl_client_get_fd(pointer), Int32(SHUT_RDWR))
    }
}

/// A global, offered until it is removed or this object is released.
public final class ServerGlobal {
    private let display: ServerDisplay
    private var global: OpaquePointer?
    private let bind: (OpaquePointer?, UInt32, UInt32) -> Void

    /// Offers the type in a version. `onBind` is called with each object that a client binds.
    public init<Resource: ServerResource>(
        _ display: ServerDisplay, _ type: Resource.Type, version: UInt32 = Resource.maximumVersion,
        onBind: @escaping (Resource) -> Void
    ) {
        self.display = display
        bind = { client, version, id in
            onBind(Resource(ResourceHandle(client: client!, Resource.interface, version: version, id: id)))
        }
        global = wl_global_create(
            display.pointer, Resource.interface.pointer, CInt(version), Unmanaged.passUnretained(self).toOpaque(),
            { client, data, version, id in
                Unmanaged<ServerGlobal>.fromOpaque(data!).takeUnretainedValue().bind(client, version, id)
            })
    }

    /// Announces the removal. Clients that haven't seen it yet may still bind the global.
    public func remove() { wl_global_remove(global) }

    deinit { wl_global_destroy(global) }
}
