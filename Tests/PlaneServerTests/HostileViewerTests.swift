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

@Suite("A hostile viewer")
struct HostileViewerTests {
    struct Crime: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Whether an honest hello comes before.
        var isGreeted = true
        let commit: @Sendable (RawPeer) -> Void
    }

    private static func bytes<Message: BitwiseCopyable>(_ message: Message) -> [UInt8] {
        withUnsafeBytes(of: message) { Array($0) }
    }

    private static func request(_ type: plane_message, plane: UInt32 = 0, reserved: UInt32 = 0) -> plane_request {
        plane_request(header: plane_header(of: plane_request.self, type), plane_type: plane, reserved: reserved)
    }

    static let crimes: [Crime] = [
        Crime(testDescription: "one byte") { $0.send(bytes: [1]) },
        Crime(testDescription: "half a hello", isGreeted: false) {
            $0.send(bytes: Array(bytes(plane_hello(PLANE_HELLO, version: 1, features: 0, name: "")).prefix(64)))
        },
        Crime(testDescription: "a hello that is too long", isGreeted: false) {
            $0.send(bytes: bytes(plane_hello(PLANE_HELLO, version: 1, features: 0, name: "")) + [0])
        },
        Crime(testDescription: "another magic", isGreeted: false) {
            var hello = plane_hello(PLANE_HELLO, version: 1, features: 0, name: "")
            hello.magic += 1
            $0.send(hello)
        },
        Crime(testDescription: "version 0", isGreeted: false) {
            $0.send(plane_hello(PLANE_HELLO, version: 0, features: 0, name: ""))
        },
        Crime(testDescription: "a query before the hello", isGreeted: false) { $0.request(PLANE_QUERY, plane: 1) },
        Crime(testDescription: "a second hello") { $0.hello() },
        Crime(testDescription: "a server's message") {
            $0.send(plane_hello(PLANE_WELCOME, version: 1, features: 0, name: ""))
        },
        Crime(testDescription: "an unknown message") {
            $0.send(plane_request(header: plane_header(size: 16, type: 0x77), plane_type: 0, reserved: 0))
        },
        Crime(testDescription: "a header that lies about its size") {
            $0.send(plane_request(header: plane_header(size: 24, type: PLANE_QUERY.rawValue), plane_type: 1, reserved: 0))
        },
        Crime(testDescription: "another message's length") {
            $0.send(plane_seen(header: plane_header(size: 16, type: PLANE_COMMITTED.rawValue), sequence: 1))
        },
        Crime(testDescription: "a megabyte's header in a long message") {
            $0.send(bytes: [0, 0, 16, 0, 2, 0, 0, 0] + [UInt8](repeating: 0, count: 60_000))
        },
        Crime(testDescription: "a plane that isn't") { $0.request(PLANE_QUERY, plane: 3) },
        Crime(testDescription: "memory of a plane that isn't") { $0.get(1, plane: 0) },
        Crime(testDescription: "reserved fields") { $0.send(request(PLANE_QUERY_CAPS, reserved: 1)) },
        Crime(testDescription: "caps of a plane") { $0.send(request(PLANE_QUERY_CAPS, plane: 1)) },
        Crime(testDescription: "an acknowledgement of what wasn't sent") { $0.seen(9) },
        Crime(testDescription: "an acknowledgement of nothing") { $0.seen(0) },
        Crime(testDescription: "committed, of a state to come") { $0.committed(1, .max) },
        Crime(testDescription: "skipped, of a state to come") { $0.skipped(1, 2) },
        Crime(testDescription: "a commit on a plane that isn't") { $0.committed(1, 1, plane: 3) },
        Crime(testDescription: "a skip on a plane that isn't") { $0.skipped(1, 1, plane: 0) },
        Crime(testDescription: "a release on a plane that isn't") { $0.released(1, plane: 9) },
        Crime(testDescription: "a reserved field of a release") {
            $0.send(
                plane_released(
                    header: plane_header(of: plane_released.self, PLANE_RELEASED), plane_type: 1, reserved: 1,
                    released: (1, 0, 0, 0)))
        },
        Crime(testDescription: "a reserved field of a commit") {
            $0.send(
                plane_committed(
                    header: plane_header(of: plane_committed.self, PLANE_COMMITTED), plane_type: 1, reserved: 1, generation: 1,
                    sequence: 1, released: (0, 0, 0, 0)))
        },
        Crime(testDescription: "a flood of releases") { peer in for _ in 0..<200 { peer.released(1) } },
        Crime(testDescription: "an empty packet") { $0.send(bytes: []) },
        Crime(testDescription: "a flood of requests") { peer in for _ in 0..<200 { peer.request(PLANE_QUERY, plane: 1) } },
        Crime(testDescription: "a flood of acknowledgements") { peer in for _ in 0..<2000 { peer.seen(1) } },
        Crime(testDescription: "a descriptor") { peer in
            let memory = oriel_memfd_create("sent")
            peer.send(bytes: bytes(request(PLANE_QUERY_CAPS)), descriptors: [memory])
            close(memory)
        },
        Crime(testDescription: "a descriptor with the hello", isGreeted: false) { peer in
            let memory = oriel_memfd_create("sent")
            peer.send(bytes: bytes(plane_hello(PLANE_HELLO, version: 1, features: 0, name: "")), descriptors: [memory])
            close(memory)
        },
        Crime(testDescription: "253 descriptors") { peer in
            let memory = oriel_memfd_create("sent")
            peer.send(bytes: bytes(request(PLANE_QUERY_CAPS)), descriptors: Array(repeating: memory, count: 253))
            close(memory)
        },
    ]

    @Test("is told and dropped, alone, and leaves nothing", arguments: crimes)
    func dropped(crime: Crime) throws {
        let world = try ServerWorld(), honest = try world.viewer()
        let peer = crime.isGreeted ? try world.viewer() : try world.peer()
        crime.commit(peer)
        try world.run(peer, honest) { peer.hasEnded }
        if crime.testDescription != "an empty packet" {
            #expect(peer.goodbye?.reason == PLANE_BYE_PROTOCOL.rawValue)
            #expect(peer.goodbye.map { !text(in: $0.text).isEmpty } == true)
        }
        #expect(world.server.viewerCount == 1)
        #expect(!honest.hasEnded)
        world.flip()
        try world.run(honest) { honest.states.count == 2 }
        peer.clear()
        #expect(world.memory.descriptorsGivenAway == 0)
    }

    @Test("that sends descriptors has them closed by the kernel", arguments: [1, 4, 5, 253])
    func descriptors(count: Int) throws {
        let world = try ServerWorld(), peer = try world.viewer()
        let memory = OwnedDescriptor(adopting: oriel_memfd_create("sent"))
        guard let file = memory.fileIdentity() else { return }
        peer.send(
            bytes: Self.bytes(Self.request(PLANE_QUERY_CAPS)), descriptors: Array(repeating: memory.rawValue, count: count))
        try world.run(peer) { peer.hasEnded }
        #expect(openDescriptors(device: file.device, inode: file.inode) == 1)
    }

    @Test("that never reads is told nothing more, and is dropped in the end; the guest and the others go on")
    func neverReads() throws {
        let world = try ServerWorld { $0.readPatience = 300_000_000 }
        let mute = try world.viewer(), quick = try world.viewer()
        for step: UInt64 in 2...40 {
            world.flip()
            try world.run(quick) { quick.states.last?.sequence == step }
            quick.committed(step, step)
        }
        try world.run(mute) { mute.hasEnded }
        // Two at most were under way, however much happened.
        #expect(mute.states.map(\.sequence) == [1, 2])
        #expect(mute.goodbye?.reason == PLANE_BYE_SLOW.rawValue)
        #expect(world.server.viewerCount == 1)
        #expect(world.source.holds.keys.count { $0 == 1 } == 0)
    }

    @Test("that asks and never reads the answers is dropped before its socket is full, or when it is")
    func neverReadsAnswers() throws {
        let world = try ServerWorld(), peer = try world.viewer()
        var isThere = true
        for _ in 0..<2000 where isThere {
            peer.request(PLANE_QUERY, plane: 1)
            try world.loop.turn(waitingAtMost: 0)
            isThere = world.server.viewerCount == 1
        }
        #expect(!isThere)
    }

    @Test("that is silent is dropped when its time is over")
    func silence() throws {
        let world = try ServerWorld { $0.helloPatience = 100_000_000 }, peer = try world.peer()
        try world.run(peer) { peer.hasEnded }
        #expect(peer.goodbye?.reason == PLANE_BYE_PROTOCOL.rawValue)
        #expect(world.server.viewerCount == 0)
    }

    @Test("of a crowd is told how many there may be")
    func crowd() throws {
        let world = try ServerWorld { $0.mostViewers = 3 }
        let viewers = try (0..<3).map { _ in try world.viewer() }
        let fourth = try world.peer()
        try world.run(fourth) { fourth.hasEnded }
        #expect(fourth.goodbye?.reason == PLANE_BYE_FULL.rawValue && fourth.goodbye?.detail == 3)
        #expect(world.server.viewerCount == 3 && viewers.allSatisfy { !$0.hasEnded })
    }

    @Test("of another user is told and refused, before it has said anything")
    func otherUser() throws {
        let world = try ServerWorld { $0.user = geteuid() + 1 }, peer = try world.peer()
        try world.run(peer) { peer.hasEnded }
        #expect(peer.goodbye?.reason == PLANE_BYE_NOT_PERMITTED.rawValue)
        #expect(peer.goodbye.map { text(in: $0.text) } == "user \(geteuid()) may not look at this guest")
        let friendly = try ServerWorld {
            $0.user = geteuid() + 1
            $0.allowedUsers = [geteuid()]
        }
        _ = try friendly.viewer()
    }

    @Test("may go at any moment", arguments: 0..<6)
    func goes(stage: Int) throws {
        let world = try ServerWorld(), honest = try world.viewer()
        do {
            let peer = stage == 0 ? try world.peer() : try world.viewer()
            if stage == 2 { peer.get(1) }
            if stage == 3 { world.flip() }
            if stage == 4 { peer.committed(1, 1) }
            if stage == 5 {
                peer.request(PLANE_QUERY, plane: 1)
                peer.get(1)
            }
        }
        _ = try world.loop.runUntil { world.server.viewerCount == 1 }
        #expect(world.server.viewerCount == 1)
        world.flip()
        try world.run(honest) { honest.states.last?.primary.wholeGeneration.rawValue ?? 0 >= 2 }
        #expect(world.memory.descriptorsGivenAway == 0)
    }
}
