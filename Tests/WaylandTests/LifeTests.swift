// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Foundation
import Testing
import Wayland
import WaylandServer

@Suite("Lifetimes of objects and connections")
struct LifeTests {
    @Test("dropping an object sends its destructor once, in the order of dropping; so does destroy()")
    func destructors() throws {
        let pair = try Pair()
        pair.offerCompositor()
        pair.offer(XdgWmBaseResource.self)
        try pair.settle()
        let compositor = try pair.registry.bind(WlCompositor.self)
        let shell = try pair.registry.bind(XdgWmBase.self)
        let ids: [UInt32]
        do {
            let surface = compositor.createSurface()
            let xdgSurface = shell.getXdgSurface(surface: surface.ref)
            let toplevel = xdgSurface.getToplevel()
            ids = [toplevel.ref.id, xdgSurface.ref.id, surface.ref.id]
            try pair.settle()
            _ = pair.takeRequests()
            toplevel.destroy()
            xdgSurface.destroy()
            _ = consume surface
        }
        try pair.settle()
        #expect(
            pair.takeRequests() == [
                "xdg_toplevel@\(ids[0]).destroy()", "xdg_surface@\(ids[1]).destroy()", "wl_surface@\(ids[2]).destroy()",
            ])
    }

    @Test("an object whose version lacks the destructor is destroyed without a request")
    func youngDestructor() throws {
        let pair = try Pair()
        pair.offer(WlSeatResource.self)
        try pair.settle()
        for version: UInt32 in [4, 5] {
            let seat = try pair.registry.bind(WlSeat.self, atMost: version)
            #expect(seat.version == version)
            let id = seat.ref.id
            seat.release()
            try pair.settle()
            #expect(pair.takeRequests() == (version < 5 ? [] : ["wl_seat@\(id).release()"]))
        }
    }

    @Test("an object may be destroyed in its own handler; its later events are dropped")
    func destroyedInHandler() throws {
        let pair = try Pair()
        pair.offerCompositor()
        try pair.settle()

        final class Owner {
            var surface: WlSurface?
            var heard: [Int] = []
        }
        let owner = Owner()
        let tail = [1, 2, 3]
        owner.surface = try pair.registry.bind(WlCompositor.self).createSurface()
        // The surface holds the only reference to the listener, whose closure keeps running after both are gone.
        owner.surface?.listen(
            Listener { [owner] event in
                owner.surface = nil
                guard case .preferredBufferScale(let factor) = consume event else { return }
                owner.heard.append(Int(factor))
                owner.heard += tail
            })
        try pair.settle()
        pair.surfaces[0].sendPreferredBufferScale(factor: 7)
        pair.surfaces[0].sendPreferredBufferScale(factor: 8)
        try pair.settle()
        #expect(owner.heard == [7, 1, 2, 3])
    }

    @Test("one listener serves many frame callbacks, and an object's listener can be replaced")
    func listeners() throws {
        let pair = try Pair()
        pair.offerCompositor()
        try pair.settle()
        var times: [UInt32] = []
        let done = Listener<WlCallback.Event> { event in
            if case .done(let time) = consume event { times.append(time) }
        }
        let surface = try pair.registry.bind(WlCompositor.self).createSurface()
        for time: UInt32 in 1...3 {
            var frame = surface.frame()
            frame.listen(Listener { _ in Issue.record("the replaced listener must hear nothing") })
            frame.listen(done)
            surface.commit()
            try pair.settle()
            pair.callbacks.last?.sendDone(callbackData: time)
            pair.callbacks.last?.destroy()
            try pair.settle()
        }
        #expect(times == [1, 2, 3])
    }

    @Test("a request of a later version traps, and the message names the version it needs")
    func since() async throws {
        let result = try #require(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let pair = try Pair()
                pair.offerCompositor()
                try pair.settle()
                let surface = try pair.registry.bind(WlCompositor.self, atMost: 3).createSurface()
                surface.damageBuffer(x: 0, y: 0, width: 1, height: 1)
            })
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(text.contains("wl_surface.damage_buffer needs version 4, but the object was bound with version 3"))
    }

    @Test("globals come and go and are bound in the common version; the error for a missing one names it")
    func registry() throws {
        let pair = try Pair()
        pair.offer(WlCompositorResource.self, version: 4)
        pair.offer(WlOutputResource.self, version: 4)
        var added: [String] = []
        var removed: [String] = []
        let observation = pair.registry.observe(
            added: { added.append($0.interface) }, removed: { removed.append($0.interface) })
        defer { withExtendedLifetime(observation) {} }
        try pair.settle()
        pair.removeGlobal(1)
        try pair.settle()
        #expect(added == ["wl_compositor", "wl_output"])
        #expect(removed == ["wl_output"])
        #expect(pair.registry.globals.map(\.interface) == ["wl_compositor"])
        #expect(try pair.registry.bind(WlCompositor.self).version == 4)
        #expect(try pair.registry.bind(WlCompositor.self, pair.registry.first("wl_compositor"), atMost: 2).version == 2)
        #expect(throws: WaylandError.missingGlobal(interface: "wl_compositor", version: 5, offered: 4)) {
            _ = try pair.registry.bind(WlCompositor.self, atLeast: 5)
        }
        #expect(throws: WaylandError.missingGlobal(interface: "wl_shm", version: 1, offered: nil)) {
            _ = try pair.registry.bind(WlShm.self)
        }
    }

    @Test("a protocol error ends the connection once, and the error names interface, code and object")
    func protocolError() throws {
        let pair = try Pair()
        pair.offerCompositor()
        try pair.settle()
        let surface = try pair.registry.bind(WlCompositor.self).createSurface()
        try pair.settle()
        pair.surfaces[0].postError(code: WlSurfaceResource.Error.invalidSize.rawValue, message: "on purpose")
        try pair.settle()
        let expected = WaylandError.protocolError(interface: "wl_surface", code: 2, object: surface.ref.id)
        #expect(pair.ends == [expected])
        #expect(pair.connection.failure == expected)
        #expect("\(expected)".contains("error 2 on wl_surface@"))
        // Objects of a dead connection may still be used and dropped.
        surface.commit()
        #expect(throws: expected) { try pair.connection.flush() }
    }

    @Test("a compositor that goes away ends the connection once")
    func disconnected() throws {
        let pair = try Pair()
        pair.offerCompositor()
        try pair.settle()
        let compositor = try pair.registry.bind(WlCompositor.self)
        try pair.settle()
        pair.server.terminateClients()
        for _ in 0..<100 where pair.ends.isEmpty {
            _ = compositor.createSurface()
            try pair.loop.turn(waitingAtMost: 10_000_000)
        }
        for _ in 0..<3 { try pair.loop.turn(waitingAtMost: 0) }
        try #require(pair.ends.count == 1)
        guard case .disconnected = pair.ends[0] else { throw pair.ends[0] }
        #expect(pair.connection.failure == pair.ends[0])
    }

    @Test("a full socket is waited for, and everything arrives")
    func fullSocket() throws {
        let pair = try Pair()
        pair.offerCompositor()
        try pair.settle()
        let surface = try pair.registry.bind(WlCompositor.self).createSurface()
        try pair.settle()
        _ = pair.takeRequests()
        var sent = 0
        while try pair.connection.flush() {
            for _ in 0..<100 { surface.damage(x: 0, y: 0, width: 1, height: 1) }
            sent += 100
        }
        try pair.settle()
        #expect(pair.takeRequests().count == sent)
    }

    /// A client that fills its socket once, and notes what it is told.
    private final class FillingClient: ConnectionClient {
        private let pair: Pair
        private let surface: WlSurface
        var told: [String] = []
        var isFilling = false
        private(set) var sent = 0
        /// Called at the next flush.
        var onFlush: (() -> Void)?

        /// The compositor reads nothing from now on.
        init(on pair: Pair) throws {
            self.pair = pair
            pair.offerCompositor()
            try pair.settle()
            surface = try pair.registry.bind(WlCompositor.self).createSurface()
            try pair.settle()
            _ = pair.takeRequests()
            pair.isReading = false
            isFilling = true
        }

        func connectionWillFlush() {
            told.append("will")
            guard isFilling else { return }
            isFilling = false
            while (try? pair.connection.flush()) == true {
                for _ in 0..<100 { surface.damage(x: 0, y: 0, width: 1, height: 1) }
                sent += 100
            }
        }
        func connectionDidFlush() {
            told.append("did")
            onFlush.take()?()
        }
        func connectionDidEnd(_ error: WaylandError) { told.append("end") }
    }

    @Test("a client is asked for no more while the socket has no room for what it sent, and hears of the flush once")
    func backPressure() throws {
        let pair = try Pair()
        let client = try FillingClient(on: pair)
        try pair.connection.attach(to: pair.loop, for: client)
        for _ in 0..<10 { try pair.loop.turn(waitingAtMost: 1_000_000) }
        #expect(client.told == ["will"])
        pair.isReading = true
        for _ in 0..<10_000 where client.told.count < 3 { try pair.loop.turn(waitingAtMost: 10_000_000) }
        #expect(client.told.prefix(3) == ["will", "did", "will"])
        try pair.settle()
        #expect(pair.takeRequests().count == client.sent)
    }

    @Test("a client that leaves the loop when the full socket has room again is asked for nothing more")
    func detachedInFlush() throws {
        let pair = try Pair()
        let client = try FillingClient(on: pair)
        try pair.connection.attach(to: pair.loop, for: client)
        client.onFlush = { pair.connection.detach() }
        for _ in 0..<10 { try pair.loop.turn(waitingAtMost: 1_000_000) }
        pair.isReading = true
        for _ in 0..<10_000 where client.told.count < 2 { try pair.loop.turn(waitingAtMost: 10_000_000) }
        for _ in 0..<10 { try pair.loop.turn(waitingAtMost: 1_000_000) }
        #expect(client.told == ["will", "did"])
    }

    @Test("objects outlive the connection, and a connection may be dropped in its own event")
    func order() throws {
        let pair = try Pair()
        pair.offerCompositor()
        let loop = pair.loop
        final class Client {
            var connection: Connection?
            var registry: Registry?
            var compositor: WlCompositor?
        }
        let client = Client()
        let connection = try Connection(adopting: pair.server.connect())
        client.connection = connection
        try connection.attach(to: loop) { _ in Issue.record("the connection must not end by itself") }
        client.registry = Registry(connection)
        let observation = client.registry?.observe(
            added: { global in
                client.compositor = try? client.registry?.bind(WlCompositor.self, global)
                client.registry = nil
                client.connection = nil
            }, removed: { _ in })
        defer { withExtendedLifetime(observation) {} }
        _ = consume connection
        weak let gone = client.connection
        for _ in 0..<100 where client.connection != nil { try loop.turn(waitingAtMost: 10_000_000) }
        #expect(gone == nil)
        let id = client.compositor?.createSurface().ref.id
        #expect(id != nil)
    }

    @Test("a connection detached in its own event hears nothing until it is attached again")
    func detachment() throws {
        let pair = try Pair()
        pair.offerCompositor()
        let loop = pair.loop
        let connection = try Connection(adopting: pair.server.connect())
        func attach() throws { try connection.attach(to: loop) { _ in Issue.record("the connection must not end by itself") } }
        try attach()
        let registry = Registry(connection)
        let observation = registry.observe(added: { _ in connection.detach() }, removed: { _ in })
        defer { withExtendedLifetime(observation) {} }
        for _ in 0..<100 where registry.globals.isEmpty { try loop.turn(waitingAtMost: 10_000_000) }
        var isAnswered = false
        var callback = connection.synchronise()
        callback.listen(Listener { _ in isAnswered = true })
        try connection.flush()
        for _ in 0..<10 { try loop.turn(waitingAtMost: 1_000_000) }
        #expect(!isAnswered)
        try attach()
        for _ in 0..<100 where !isAnswered { try loop.turn(waitingAtMost: 10_000_000) }
        #expect(isAnswered)
    }

    @Test("the socket is closed along with the connection's last object")
    func socketClosed() throws {
        let pair = try Pair()
        pair.offerCompositor()
        try pair.settle()
        let socket = pair.server.connect()
        let link = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(socket)")
        func isOpen() -> Bool { (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(socket)")) == link }
        var connection: Connection? = try Connection(adopting: socket)
        try connection?.attach(to: pair.loop) { _ in }
        var registry = connection.map { Registry($0) }
        while registry?.globals.isEmpty == true { try pair.loop.turn(waitingAtMost: 10_000_000) }
        var callback = connection?.synchronise()
        callback?.listen(Listener { _ in })
        connection = nil
        registry = nil
        #expect(isOpen())
        callback = nil
        #expect(!isOpen())
    }

    @Test("a round trip blocks until the compositor has answered")
    func roundtrip() throws {
        var ends: [CInt] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let theirs = ends[0]
        Thread.detachNewThread {
            let server = ServerDisplay()
            var isUsed = false
            let global = ServerGlobal(server, WlCompositorResource.self) { compositor in
                compositor.onDestroy { isUsed = true }
            }
            server.adoptClient(socket: theirs)
            while !isUsed {
                server.dispatch(waitingAtMost: 100)
                server.flushClients()
            }
            global.remove()
        }
        let connection = try Connection(adopting: ends[1])
        let registry = Registry(connection)
        // A round trip in progress also ends while somebody waits for a later one; its own wait then returns at once.
        let early = try RoundTrip(connection)
        #expect(registry.globals.isEmpty)
        try connection.roundtrip()
        #expect(registry.globals.count == 1)
        try early.wait()
        let compositor = try registry.bind(WlCompositor.self)
        try connection.attach(to: try EventLoop()) { _ in }
        try connection.roundtrip()
        #expect(compositor.version == 6)
    }

    @Test("a round trip that nobody waits for any more does no harm")
    func roundtripDropped() throws {
        let pair = try Pair()
        pair.offerCompositor()
        _ = try RoundTrip(pair.connection)
        try pair.settle()
        #expect(pair.ends.isEmpty)
        #expect(pair.registry.globals.count == 1)
    }

    @Test("the error without a compositor names the socket that was tried")
    func nobody() {
        let path = "/nonexistent/wayland-7"
        #expect(throws: WaylandError.noCompositor(display: path)) { _ = try Connection(display: path) }
        #expect("\(WaylandError.noCompositor(display: path))".hasPrefix("no Wayland compositor at /nonexistent/wayland-7: "))
    }
}
