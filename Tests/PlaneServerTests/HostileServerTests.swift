// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CLinux
import CPlaneProtocol
import EventLoop
import Glibc
import Planes
import System
import TestSupport
import Testing

@testable import PlaneServer

@Suite("A hostile server")
struct HostileServerTests {
    private typealias Server = ScriptedServer

    struct Crime: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Descriptors that are sent along with it are of this memory.
        let commit: @Sendable (ScriptedServer, ScriptedServer.Memory) -> Void
    }

    static let openings: [Crime] = [
        Crime(testDescription: "says something short") { server, _ in server.peer.send(bytes: [1, 2, 3]) },
        Crime(testDescription: "is another protocol's") { server, _ in
            server.peer.send(bytes: Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
        },
        Crime(testDescription: "says half a welcome") { server, _ in
            let welcome = plane_hello(PLANE_WELCOME, version: 1, features: 1, name: "")
            server.peer.send(bytes: withUnsafeBytes(of: welcome) { Array($0.prefix(100)) })
        },
        Crime(testDescription: "has another magic") { server, _ in
            var welcome = plane_hello(PLANE_WELCOME, version: 1, features: 1, name: "")
            welcome.magic = 0
            server.peer.send(welcome)
        },
        Crime(testDescription: "speaks another version") { server, _ in
            server.peer.send(plane_hello(PLANE_WELCOME, version: 2, features: 1, name: ""))
        },
        Crime(testDescription: "tells no changes") { server, _ in server.welcome(features: 0) },
        Crime(testDescription: "begins with a state") { server, _ in server.state(1, Server.info(1, buffer: 1)) },
        Crime(testDescription: "sends a descriptor with its welcome") { server, memory in
            server.peer.send(
                plane_hello(PLANE_WELCOME, version: 1, features: 1, name: ""), descriptors: [memory.descriptor.rawValue])
        },
        Crime(testDescription: "has no display") { server, _ in
            server.welcome()
            server.caps(PLANE_CAPS_NONE)
        },
        Crime(testDescription: "has a type that isn't") { server, _ in
            server.welcome()
            server.caps(plane_caps_type(9))
        },
        Crime(testDescription: "refuses") { server, _ in server.peer.send(plane_bye(PLANE_BYE_NOT_PERMITTED, text: "no")) },
        Crime(testDescription: "is full") { server, _ in server.peer.send(plane_bye(PLANE_BYE_FULL, detail: 8, text: "full")) },
        Crime(testDescription: "ends it without a word") { server, _ in server.peer.send(bytes: []) },
    ]

    @Test("that opens wrongly is one line, and leaves nothing", arguments: openings)
    func opening(crime: Crime) throws {
        let server = try Server(), memory = Server.Memory()
        crime.commit(server, memory)
        do {
            try server.open()
            Issue.record("it opened")
        } catch let error as SourceError {
            #expect(error.message.hasPrefix("planes:/test: "))
            #expect(!error.message.contains("\n"))
            if crime.testDescription == "refuses" {
                guard case .notPermitted = error.reason else { return #expect(Bool(false), "\(error.reason)") }
            } else {
                guard case .unavailable = error.reason else { return #expect(Bool(false), "\(error.reason)") }
            }
        }
        #expect(memory.openElsewhere == 0)
    }

    @Test("that is silent costs its time and no more", arguments: [false, true])
    func silence(afterWelcome: Bool) throws {
        let server = try Server()
        if afterWelcome { server.welcome() }
        #expect(throws: SourceError.self) { try server.open(patience: 0.2) }
    }

    static let crimes: [Crime] = [
        Crime(testDescription: "a short message") { server, _ in server.peer.send(bytes: [7]) },
        Crime(testDescription: "a long one") { server, _ in server.peer.send(bytes: [UInt8](repeating: 7, count: 100_000)) },
        Crime(testDescription: "an unknown one") { server, _ in
            server.peer.send(plane_seen(header: plane_header(size: 16, type: 0x1FF), sequence: 0))
        },
        Crime(testDescription: "a viewer's") { server, _ in server.peer.seen(1) },
        Crime(testDescription: "a second welcome") { server, _ in server.welcome() },
        Crime(testDescription: "caps again") { server, _ in server.caps() },
        Crime(testDescription: "an answer to nothing") { server, _ in
            server.peer.send(
                plane_answer(
                    header: plane_header(of: plane_answer.self, PLANE_ANSWER), plane_type: 1, status: 0, info: plane_info()))
        },
        Crime(testDescription: "a notice that wasn't agreed on") { server, _ in
            server.peer.send(plane_changed(header: plane_header(of: plane_changed.self, PLANE_CHANGED), sequence: 5))
        },
        Crime(testDescription: "memory that nobody asked for") { server, memory in
            server.dmabuf(1, buffer: 1, [memory.descriptor.rawValue])
        },
        Crime(testDescription: "a stale answer that nobody asked for") { server, _ in
            server.dmabuf(1, buffer: 1, [], status: PLANE_STALE)
        },
        Crime(testDescription: "a region that nobody asked for") { server, memory in
            server.peer.send(
                plane_region(
                    header: plane_header(of: plane_region.self, PLANE_REGION), status: 0, reserved: 0, size: 1),
                descriptors: [memory.descriptor.rawValue])
        },
        Crime(testDescription: "memory without a descriptor") { server, _ in
            server.state(2, Server.info(2, buffer: 2))
            server.dmabuf(2, buffer: 2, [])
        },
        Crime(testDescription: "memory of another generation") { server, memory in
            server.state(2, Server.info(2, buffer: 2))
            server.dmabuf(3, buffer: 2, [memory.descriptor.rawValue])
        },
        Crime(testDescription: "memory of another buffer") { server, memory in
            server.state(2, Server.info(2, buffer: 2))
            server.dmabuf(2, buffer: 3, [memory.descriptor.rawValue])
        },
        Crime(testDescription: "memory of a plane that isn't") { server, memory in
            server.dmabuf(1, buffer: 1, [memory.descriptor.rawValue], plane: 7)
        },
        Crime(testDescription: "more descriptors than it says") { server, memory in
            server.state(2, Server.info(2, buffer: 2))
            server.peer.send(
                plane_dmabuf(
                    header: plane_header(of: plane_dmabuf.self, PLANE_DMABUF), plane_type: 1, status: 0, generation: 2, buffer: 2,
                    descriptors: 1, error: 0),
                descriptors: [memory.descriptor.rawValue, memory.descriptor.rawValue])
        },
        Crime(testDescription: "253 descriptors") { server, memory in
            server.state(2, Server.info(2, buffer: 2))
            server.dmabuf(2, buffer: 2, Array(repeating: memory.descriptor.rawValue, count: 253))
        },
        Crime(testDescription: "descriptors with a state") { server, memory in
            let state = plane_state(
                header: plane_header(of: plane_state.self, PLANE_STATE), sequence: 2, primary: Server.info(2, buffer: 1),
                cursor: plane_info())
            server.peer.send(state, descriptors: Array(repeating: memory.descriptor.rawValue, count: 4))
        },
        Crime(testDescription: "descriptors behind an empty packet") { server, memory in
            server.peer.send(bytes: [])
            server.dmabuf(2, buffer: 2, [memory.descriptor.rawValue])
        },
        Crime(testDescription: "a reserved field") { server, _ in server.state(2, Server.info(2, buffer: 1) { $0.reserved = 1 })
        },
        Crime(testDescription: "a number left out") { server, _ in server.state(3, Server.info(2, buffer: 1)) },
        Crime(testDescription: "a number twice") { server, _ in server.state(1, Server.info(2, buffer: 1)) },
        Crime(testDescription: "more states than may be under way") { server, _ in
            // The client's memory never comes: it can't acknowledge.
            for sequence: UInt64 in 2...4 { server.state(sequence, Server.info(sequence, buffer: 2)) }
        },
        Crime(testDescription: "a refusal of the call that its caps offer") { server, _ in
            server.state(2, Server.info(2, buffer: 2))
            server.dmabuf(0, buffer: 0, [], status: PLANE_UNSUPPORTED)
        },
        Crime(testDescription: "a status that isn't") { server, _ in
            server.state(2, Server.info(2, buffer: 2))
            server.dmabuf(0, buffer: 0, [], status: plane_status(5))
        },
        Crime(testDescription: "a goodbye") { server, _ in server.peer.send(plane_bye(PLANE_BYE_ENDED, text: "it is over")) },
    ]

    @Test("is an end in one line, and no descriptor of it is left", arguments: crimes)
    func ends(crime: Crime) throws {
        let server = try Server(), memory = Server.Memory(), sent = Server.Memory()
        let client = try server.openShowing(memory)
        try server.settle()
        crime.commit(server, sent)
        try server.run { server.end != nil }
        let error = try #require(server.end)
        if crime.testDescription.hasPrefix("a refusal") {
            #expect(error.message.contains("an answer of type 0x104 refuses what its caps offer"))
        }
        #expect(error.message.hasPrefix("planes:/test: ") && !error.message.contains("\n"))
        guard case .unavailable = error.reason else { return #expect(Bool(false), "\(error.reason)") }
        guard case .ended = client.queryError else { return #expect(Bool(false), "it goes on") }
        #expect(memory.openElsewhere == 0 && sent.openElsewhere == 0)
        try server.run { server.peer.hasEnded }
    }

    @Test(
        "whose memory isn't what it says shows nothing of it, and goes on", arguments: ["short", "pipe", "disk", "huge picture"])
    func badMemory(kind: String) throws {
        let server = try Server(), memory = Server.Memory(), short = Server.Memory(100)
        let client = try server.openShowing(memory)
        client.committed(.primary, generation: Generation(1))
        var ends: [CInt] = [-1, -1]
        pipe(&ends)
        let disk = open("/proc/self/exe", O_RDONLY)
        defer { for number in ends + [disk] { close(number) } }
        server.state(2, Server.info(2, buffer: 2) { if kind == "huge picture" { $0.width = 60_000 } })
        try server.run { server.gets == [1, 2] }
        let sent =
            kind == "short"
            ? short.descriptor.rawValue : kind == "pipe" ? ends[0] : kind == "disk" ? disk : memory.descriptor.rawValue
        server.dmabuf(2, buffer: 2, [sent])
        try server.run { client.queryError != nil }
        guard case .invalid = client.queryError else { return #expect(Bool(false), "\(client.queryError!)") }
        #expect(short.openElsewhere == 0)
        server.state(3, Server.info(3, buffer: 1))
        try server.run { client.shown()?.generation == Generation(3) }
    }

    @Test("that goes is one line, at any moment", arguments: 0..<3)
    func goes(stage: Int) throws {
        var server: Server! = try Server()
        let memory = Server.Memory()
        let client = try server.openShowing(memory)
        if stage == 1 { server.state(2, Server.info(2, buffer: 2)) }
        let loop = server.loop
        final class Ear: PlaneSourceDelegate {
            var end: SourceError?
            func planeSourceDidChange(_ source: any PlaneSource) {}
            func planeSource(_ source: any PlaneSource, didEnd error: SourceError) { end = error }
        }
        let ear = Ear()
        client.delegate = ear
        if stage == 2 { server.peer.send(plane_bye(PLANE_BYE_ENDED, text: "x")) }
        server = nil
        if stage == 0 { client.committed(.primary, generation: Generation(1)) }
        #expect(try loop.runUntil { ear.end != nil })
        #expect(ear.end?.message.contains(stage == 2 ? "the guest has ended (x)" : "the server has gone") == true)
        #expect(memory.openElsewhere == 0)
    }

    @Test("that never reads ends the connection rather than the viewer's time")
    func neverReads() throws {
        let server = try Server(), memory = Server.Memory()
        let client = try server.openShowing(memory)
        for _ in 0..<5000 where server.end == nil {
            client.committed(.primary, generation: Generation(1))
            if case .ending = client.life { try server.loop.turn(waitingAtMost: 0) }
        }
        try server.loop.runForAMoment()
        #expect(server.end?.message.contains("doesn't read") == true)
    }
}
