// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CPlaneProtocol
import EventLoop
import Foundation
import Planes
import System
import TestSupport
import Testing

@testable import PlaneServer

@Suite("Opening a plane server's guest")
struct PlanesOpeningTests {
    /// Where a server falls silent.
    enum Step: Int, CaseIterable, Comparable {
        case noRoomForConnection, noAccept, noWelcome, noCaps, noState, noMemory

        static func < (left: Step, right: Step) -> Bool { left.rawValue < right.rawValue }
    }

    @Test("a server that is silent is waited for in the loop, which does everything else meanwhile", arguments: Step.allCases)
    func nothingBlocks(step: Step) throws {
        let world = try OpeningWorld(falling: step)
        try world.begin()
        try world.reach(step)
        // What blocked until the patience of an hour is over would have its result at the end of that turn.
        var count = 0
        var ticks: DeferredSource!
        ticks = DeferredSource(loop: world.loop) {
            count += 1
            ticks.schedule()
        }
        ticks.schedule()
        for _ in 0..<100 { try world.loop.turn(waitingAtMost: 0) }
        #expect(count == 100)
        #expect(world.results.isEmpty)
    }

    @Test(
        "a server that stays silent is one line when the patience is over, once",
        arguments: Step.allCases.filter { $0 < .noState })
    func patience(step: Step) throws {
        let world = try OpeningWorld(falling: step)
        try world.begin(patience: 0.2)
        try world.reach(step)
        #expect(try world.loop.runUntil { !world.results.isEmpty })
        let error = try #require(world.error)
        #expect(error.reason == .unavailable)
        let what =
            step == .noRoomForConnection
            ? "its server takes no connection" : "what listens there doesn't speak the plane protocol"
        #expect(error.message.hasPrefix("planes:\(world.path): \(what): ") && !error.message.contains("\n"))
        try world.settle()
        #expect(world.results.count == 1)
    }

    @Test(
        "a first picture that doesn't come is waited for a moment only: the guest is open", arguments: [Step.noState, .noMemory])
    func noPicture(step: Step) throws {
        let world = try OpeningWorld(falling: step)
        try world.begin(picturePatience: 0.05)
        try world.reach(step)
        #expect(try world.loop.runUntil { !world.results.isEmpty })
        let client = try #require(world.client)
        #expect(client.name == "scripted" && client.shown() == nil && client.queryError == nil)
        // The picture comes later, and is news.
        let server = try #require(world.server)
        client.delegate = server
        if step == .noState { server.state(1, ScriptedServer.info(1, buffer: 1)) }
        server.dmabuf(1, buffer: 1, [world.memory.descriptor.rawValue])
        #expect(try world.loop.runUntil { client.shown() != nil && server.changes > 0 })
        try world.settle()
        #expect(world.results.count == 1)
    }

    @Test("the patience is for the whole opening: a first picture is waited for no longer either")
    func patienceForPicture() throws {
        let world = try OpeningWorld(falling: .noState)
        try world.begin(patience: 0.3)
        try world.reach(.noState)
        #expect(try world.loop.runUntil { !world.results.isEmpty })
    }

    @Test("a server that breaks the protocol is told once, and its connection ended, whatever else it does")
    func brokenOnce() throws {
        let world = try OpeningWorld(falling: .noWelcome)
        try world.begin()
        try world.reach(.noWelcome)
        let server = try #require(world.server)
        server.peer.send(bytes: [1, 2, 3])
        #expect(try world.loop.runUntil { !world.results.isEmpty })
        #expect(world.error?.message.contains("doesn't keep to the protocol") == true)
        server.peer.send(bytes: [4, 5, 6])
        #expect(
            try world.loop.runUntil {
                server.peer.receive()
                return server.peer.hasEnded
            })
        try world.settle()
        #expect(world.results.count == 1)
    }

    @Test("a server that was silent for a while, and then speaks, is opened with its first picture", arguments: Step.allCases)
    func goesOn(step: Step) throws {
        let world = try OpeningWorld(falling: step)
        try world.begin()
        #expect(world.results.isEmpty)
        try world.reach(step)
        try world.answer(from: step)
        #expect(try world.loop.runUntil { !world.results.isEmpty })
        let client = try #require(world.client)
        #expect(client.name == "scripted")
        #expect(client.shown()?.generation == Generation(1))
        try world.settle()
        #expect(world.results.count == 1)
        #expect(world.attempts == 1 || step == .noRoomForConnection)
        // The loop hears what the server says from now on.
        world.server?.state(2, ScriptedServer.info(2, buffer: 1))
        #expect(try world.loop.runUntil { client.shown()?.generation == Generation(2) })
    }

    @Test("what can't be opened is told in the loop, not by the call that begins it")
    func neverInside() throws {
        let world = try OpeningWorld(falling: .noAccept)
        unlink(world.path)
        try world.begin()
        #expect(world.results.isEmpty)
        #expect(try world.loop.runUntil { !world.results.isEmpty })
        #expect(world.error?.message.contains("there is no such socket") == true)
    }

    @Test("the one who hears the result may drop the opening", arguments: [true, false])
    func droppedInside(opens: Bool) throws {
        let world = try OpeningWorld(falling: opens ? .noMemory : .noWelcome)
        world.dropsOpening = true
        try world.begin()
        try world.reach(opens ? .noMemory : .noWelcome)
        if opens { try world.answer(from: .noMemory) } else { world.server?.peer.send(bytes: [1, 2, 3]) }
        #expect(try world.loop.runUntil { !world.results.isEmpty })
        #expect(world.opening == nil)
        #expect((world.client?.shown() != nil) == opens)
        try world.settle()
        #expect(world.results.count == 1)
    }

    /// In a process of its own, whose descriptors are its own.
    @Test("an opening that is cancelled, or dropped, says nothing more and leaves no descriptor, however far it has come")
    func cancelled() async {
        await #expect(processExitsWith: .success) {
            func count() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
            var before = 0
            for round in 0..<3 {
                for step in Step.allCases {
                    let world = try OpeningWorld(falling: step)
                    try world.begin()
                    try world.reach(step)
                    if round == 1 { world.opening = nil } else { world.opening?.cancel() }
                    if step == .noRoomForConnection {
                        try world.settle()
                        #expect(try world.acceptAll() == 1, "only the connection that filled the queue")
                    } else {
                        if step == .noAccept { try world.accept() }
                        let server = try #require(world.server)
                        #expect(
                            try world.loop.runUntil {
                                server.peer.receive(); return server.peer.hasEnded
                            })
                    }
                    try world.settle()
                    #expect(world.results.isEmpty)
                    #expect(world.memory.openElsewhere == 0)
                }
                // Two for what the test library itself may have open at a moment; a leak at one step would be four by the end.
                if round == 0 { before = try count() + 2 }
            }
            #expect(waitUntil { (try? count()) ?? .max <= before })
        }
    }
}

/// A server that says what a test has it say, and an opening of its guest.
private final class OpeningWorld {
    typealias Step = PlanesOpeningTests.Step

    let loop: EventLoop
    let memory = ScriptedServer.Memory()
    var opening: PlanesOpening?
    var dropsOpening = false
    private(set) var server: ScriptedServer?
    private(set) var attempts = 0
    private(set) var results: [Result<PlaneClient, SourceError>] = []
    private let directory: TemporaryDirectory
    private let listener: OwnedDescriptor
    private var fillsQueue: RawPeer?

    var path: String { directory.file("guest.sock") }
    var client: PlaneClient? { try? results.first?.get() }
    var error: SourceError? { if case .failure(let error)? = results.first { error } else { nil } }

    init(falling step: Step) throws {
        loop = try EventLoop()
        directory = try TemporaryDirectory()
        listener = try LocalSocket.make(.packets)
        try LocalSocket.bind(listener, to: directory.file("guest.sock"))
        // A backlog of 0 has room for one connection.
        try #require(listen(listener.rawValue, step == .noRoomForConnection ? 0 : 8) == 0)
        if step == .noRoomForConnection { fillsQueue = try RawPeer.connect(to: path) }
    }

    /// Patience in seconds: an hour is longer than any test.
    func begin(patience: Double = 3600, picturePatience: Double = 3600) throws {
        let address = PlanesAddress(path: path)
        opening = PlanesOpening(
            place: "\(address)", patience: UInt64(patience * 1e9), picturePatience: UInt64(picturePatience * 1e9), loop: loop,
            connect: { [unowned self] () throws(SourceError) in
                attempts += 1
                return try address.connect()
            },
            done: { [unowned self] in
                results.append($0)
                if dropsOpening { opening = nil }
            })
    }

    /// Says what comes before the step, until the client waits for what comes next, or has given up.
    func reach(_ step: Step) throws {
        try run { attempts > (step == .noRoomForConnection ? 1 : 0) }
        if step > .noAccept {
            try accept()
            try run { server!.peer.inbox.count == 1 }
        }
        for next in Step.allCases where next > .noWelcome && next <= step { try say(next) }
        while try loop.turn(waitingAtMost: 0) {}
    }

    /// Says everything that is missing.
    func answer(from step: Step) throws {
        if step == .noRoomForConnection { #expect(try acceptAll() == 1) }
        if step <= .noAccept {
            try run { attempts > 0 && (try? accept()) != nil }
            try run { server!.peer.inbox.count == 1 }
        }
        for next in Step.allCases where next > max(step, .noWelcome) { try say(next) }
        server!.dmabuf(1, buffer: 1, [memory.descriptor.rawValue])
    }

    /// What leads to this step, up to the client's request.
    private func say(_ step: Step) throws {
        let server = server!
        switch step {
        case .noCaps:
            server.welcome()
            try run { server.peer.inbox.count == 2 }
        case .noState: server.caps()
        case .noMemory:
            server.state(1, ScriptedServer.info(1, buffer: 1))
            try run { server.gets == [1] }
        case .noRoomForConnection, .noAccept, .noWelcome: break
        }
    }

    func accept() throws {
        guard let socket = try LocalSocket.accept(listener) else { throw TestSupportError("nobody has connected") }
        server = ScriptedServer(over: RawPeer(socket), loop: loop)
    }

    /// Accepts and closes all that have connected, and says how many.
    func acceptAll() throws -> Int {
        var count = 0
        while let socket = try LocalSocket.accept(listener) {
            _ = consume socket
            count += 1
        }
        return count
    }

    func run(until condition: () -> Bool) throws {
        let isSo = try loop.runUntil {
            server?.peer.receive()
            return condition() || !results.isEmpty
        }
        #expect(isSo, "\(server?.peer.inbox.map { String($0.type, radix: 16) } ?? [])")
    }

    /// Long enough for anything to come that would.
    func settle() throws { try loop.run(for: 0.05) }
}
