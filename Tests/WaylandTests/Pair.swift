// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Foundation
import System
import Testing
import Wayland
import WaylandServer

/// A client and a compositor on one loop, connected by a socket pair. The compositor offers the globals that a test asks for.
final class Pair {
    let loop: EventLoop
    let server = ServerDisplay()
    let connection: Connection
    let registry: Registry
    private var watch: DescriptorSource?
    private var globals: [ServerGlobal] = []
    private(set) var requests: [String] = []
    private(set) var ends: [WaylandError] = []
    /// Whether the compositor reads what it is sent.
    var isReading = true

    // The objects that the compositor was asked to create, the newest last.
    var surfaces: [WlSurfaceResource] = []
    var callbacks: [WlCallbackResource] = []

    init() throws {
        loop = try EventLoop()
        connection = try Connection(adopting: server.connect())
        registry = Registry(connection)
        server.onRequest = { [unowned self] _, text in requests.append(text) }
        try connection.attach(to: loop) { [unowned self] in ends.append($0) }
        watch = try loop.watch(server.descriptor) { [unowned self] _ in
            guard isReading else { return }
            server.dispatch()
            server.flushClients()
        }
    }

    /// Offers a global and records the objects bound to it.
    func offer<Resource: ServerResource>(
        _ type: Resource.Type, version: UInt32 = Resource.maximumVersion, _ onBind: @escaping (Resource) -> Void = { _ in }
    ) {
        globals.append(ServerGlobal(server, type, version: version, onBind: onBind))
    }

    /// Offers a wl_compositor that records its surfaces and frame callbacks in `surfaces` and `callbacks`.
    func offerCompositor() {
        let onSurface = Listener<WlSurfaceResource.Request> { [unowned self] request in
            if case .frame(let callback) = consume request { callbacks.append(callback) }
        }
        let onCompositor = Listener<WlCompositorResource.Request> { [unowned self] request in
            guard case .createSurface(let surface) = consume request else { return }
            surface.setHandler(onSurface)
            surfaces.append(surface)
        }
        offer(WlCompositorResource.self) { $0.setHandler(onCompositor) }
    }

    func removeGlobal(_ index: Int) { globals[index].remove() }

    /// Turns the loop until both sides have handled all messages, or the connection has ended.
    func settle() throws {
        server.flushClients()
        var isDone = false
        var callback = connection.synchronise()
        callback.listen(Listener { _ in isDone = true })
        while !isDone, ends.isEmpty { try loop.turn(waitingAtMost: 1_000_000_000) }
    }

    /// The requests since the last call, without those made for settling and binding.
    func takeRequests() -> [String] {
        defer { requests.removeAll() }
        return requests.filter { !$0.hasPrefix("wl_display@1.") && !$0.hasPrefix("wl_registry@") }
    }
}

extension Connection {
    /// Puts the connection on the loop for a client that only hears of its end.
    func attach(to loop: EventLoop, onEnd: @escaping (WaylandError) -> Void) throws {
        try attach(to: loop, for: EndListener(onEnd))
    }
}

private final class EndListener: ConnectionClient {
    private let onEnd: (WaylandError) -> Void
    init(_ onEnd: @escaping (WaylandError) -> Void) { self.onEnd = onEnd }

    func connectionWillFlush() {}
    func connectionDidFlush() {}
    func connectionDidEnd(_ error: WaylandError) { onEnd(error) }
}

/// A pipe that can tell who holds its ends. It looks for them in /proc/self/fd, whatever else the process has open.
struct Pipe: ~Copyable {
    let reading: OwnedDescriptor
    var writing: OwnedDescriptor?
    private let identity: UInt64

    init() {
        var ends: [CInt] = [-1, -1]
        precondition(pipe(&ends) == 0)
        reading = OwnedDescriptor(adopting: ends[0])
        writing = OwnedDescriptor(adopting: ends[1])
        identity = reading.fileIdentity()!.inode
    }

    /// How many of this process's descriptors refer to one of its ends.
    var holders: Int {
        let folder = "/proc/self/fd"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.count {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")) == "pipe:[\(identity)]"
        }
    }
}
