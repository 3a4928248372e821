// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CPlaneProtocol
import EventLoop
import Glibc
import Planes
import System
import TestSupport
import Testing

@testable import PlaneServer

@Suite("The client")
struct ClientTests {
    private typealias Server = ScriptedServer

    @Test("opens with the server's name and its first picture, whose memory it has looked at")
    func opens() throws {
        let server = try Server(), memory = Server.Memory()
        let client = try server.openShowing(memory)
        #expect(client.name == "scripted")
        let info = try #require(client.shown())
        #expect(info.generation == Generation(1) && info.identity.layout.size == PixelSize(width: 64, height: 32))
        let file = try #require(memory.descriptor.fileIdentity().map { [$0.device, $0.inode] })
        #expect([info.identity.device, info.identity.inode] == file)
        let buffer = try client.buffer(for: .primary, generation: info.generation)
        #expect(buffer.memory == .memfd && buffer.offer == .dmabuf)
        server.peer.receive()
        let hello = try #require(server.peer.all(PLANE_HELLO, plane_hello.self).first)
        #expect(hello.magic == UInt64(PLANE_MAGIC) && hello.features & PLANE_FEATURE_PUSH != 0)
    }

    @Test("a buffer is asked for once, and a change is told when its memory is here")
    func oncePerBuffer() throws {
        let server = try Server(), first = Server.Memory(), second = Server.Memory()
        let client = try server.openShowing(first)
        server.onChange = { $0.committed(.primary, generation: $0.shown()!.generation) }
        try server.run { server.committed.count == 1 }
        server.state(2, Server.info(2, buffer: 2))
        try server.run { server.gets.count == 2 }
        #expect(client.shown()?.generation == Generation(1))
        let changes = server.changes
        server.dmabuf(2, buffer: 2, [second.descriptor.rawValue])
        try server.run { client.shown()?.generation == Generation(2) }
        #expect(server.changes == changes + 1)
        for generation: UInt64 in 3...20 {
            server.state(generation, Server.info(generation, buffer: 1 + generation % 2))
            try server.run { client.shown()?.generation == Generation(generation) }
        }
        #expect(server.gets == [1, 2])
        // A frame costs one message each way.
        try server.run { server.committed.count == 20 }
        #expect(server.seen.isEmpty)
        #expect(server.committed.map(\.generation) == Array(1...20) && server.committed.map(\.sequence) == Array(1...20))
    }

    @Test("a viewer that waits for its screen gives the server room, and shows the newest")
    func newestWins() throws {
        let server = try Server(), memory = Server.Memory()
        let client = try server.openShowing(memory)
        try server.settle()
        #expect(server.seen.isEmpty)
        server.state(2, Server.info(2, buffer: 1))
        try server.run { server.seen == [2] }
        server.state(3, Server.info(3, buffer: 1))
        server.state(4, Server.info(4, buffer: 1))
        try server.run { server.seen == [2, 4] }
        #expect(client.shown()?.generation == Generation(4))
        // Both were read at once: one change was told.
        #expect(server.changes <= 4)
    }

    @Test("a picture overtaken while its memory was on its way is never shown")
    func overtaken() throws {
        let server = try Server(), first = Server.Memory(), second = Server.Memory(), third = Server.Memory()
        let client = try server.openShowing(first)
        client.committed(.primary, generation: Generation(1))
        server.state(2, Server.info(2, buffer: 2))
        try server.run { server.gets == [1, 2] }
        server.state(3, Server.info(3, buffer: 3))
        try server.settle()
        // One request at a time.
        #expect(server.gets == [1, 2])
        var shown: [UInt64] = []
        server.onChange = { shown.append($0.shown()?.generation.rawValue ?? 0) }
        server.dmabuf(2, buffer: 2, [second.descriptor.rawValue])
        try server.run { server.gets == [1, 2, 3] }
        server.dmabuf(3, buffer: 3, [third.descriptor.rawValue])
        try server.run { client.shown()?.generation == Generation(3) }
        #expect(!shown.contains(2))
        // Its memory wasn't fetched in vain.
        client.committed(.primary, generation: Generation(3))
        server.state(4, Server.info(4, buffer: 2))
        try server.run { client.shown()?.generation == Generation(4) }
        #expect(server.gets == [1, 2, 3])
    }

    @Test("a stale answer is counted; what was shown before isn't offered again, and the next state serves")
    func stale() throws {
        let server = try Server(), first = Server.Memory(), second = Server.Memory()
        let client = try server.openShowing(first)
        client.committed(.primary, generation: Generation(1))
        server.state(2, Server.info(2, buffer: 2))
        try server.run { server.gets == [1, 2] }
        // The hold on generation 1 lasts until the client goes past it.
        #expect(client.shown()?.generation == Generation(1))
        server.dmabuf(5, buffer: 0, [], status: PLANE_STALE)
        try server.run { client.counts.staleAnswers == 1 }
        guard case .stale(Generation(2), Generation(5)) = client.queryError else {
            Issue.record("\(String(describing: client.queryError))")
            return
        }
        server.state(3, Server.info(5, buffer: 3))
        try server.run { server.gets == [1, 2, 5] }
        server.dmabuf(5, buffer: 3, [second.descriptor.rawValue])
        try server.run { client.shown()?.generation == Generation(5) }
        #expect(throws: PlaneError.self) { _ = try client.buffer(for: .primary, generation: Generation(1)) }
        server.peer.hangUp()
        try server.run { server.end != nil }
        #expect(client.counts.staleAnswers == 1)
    }

    @Test("an end without a delegate is kept for the next one, and doesn't keep the loop busy")
    func endIsKept() throws {
        let server = try Server(), memory = Server.Memory()
        let client = try server.openShowing(memory)
        client.delegate = nil
        server.peer.hangUp()
        try server.loop.settle()
        #expect(server.end == nil)
        #expect(throws: PlaneError.self) { _ = try client.query(.primary) }
        #expect(try !server.loop.turn(waitingAtMost: 50_000_000))
        client.delegate = server
        #expect(server.end == nil)
        try server.run { server.end != nil }
        #expect(server.end?.message == "planes:/test: the server has gone: start it again")
    }

    @Test("a server that says why it ends and then goes has ended for that reason")
    func firstReason() throws {
        let server = try Server(), memory = Server.Memory()
        _ = try server.openShowing(memory)
        server.peer.send(plane_bye(PLANE_BYE_SLOW, text: "too late"))
        server.peer.hangUp()
        try server.run { server.end != nil }
        #expect(server.end?.message == "planes:/test: the server has dropped this viewer (too late): see what holds it up")
    }

    @Test("a buffer that can't be had for a moment is asked for again")
    func temporary() throws {
        let server = try Server(), memory = Server.Memory()
        server.welcome()
        server.caps()
        server.state(1, Server.info(1, buffer: 1))
        server.dmabuf(0, buffer: 0, [], status: PLANE_TEMPORARY)
        let client = try server.open()
        guard case .temporary = client.queryError else { return #expect(Bool(false), "it was there") }
        try server.run { server.gets == [1, 1] }
        server.dmabuf(1, buffer: 1, [memory.descriptor.rawValue])
        try server.run { client.shown() != nil }
    }

    @Test("the cursor's memory and the screen's come and go by themselves")
    func cursor() throws {
        let server = try Server(), memory = Server.Memory(), picture = Server.Memory(64 * 64 * 4)
        let client = try server.openShowing(memory)
        let cursor = Server.info(1, buffer: 9) {
            $0.drm_format = 0x3432_5241
            ($0.height, $0.size) = (64, 16384)
            ($0.x_pos, $0.y_pos) = (-5, 7)
        }
        client.committed(.primary, generation: Generation(1))
        server.state(2, Server.info(2, buffer: 1), cursor: cursor)
        try server.run { server.gets.count == 2 }
        // The screen needn't wait for the cursor, but the state isn't gone past before both are there.
        #expect(client.shown()?.generation == Generation(2) && client.shown(.cursor) == nil)
        client.committed(.primary, generation: Generation(2))
        try server.run { server.committed.count == 2 }
        #expect(server.committed.last?.sequence == 1)
        server.dmabuf(1, buffer: 9, [picture.descriptor.rawValue], plane: 2)
        try server.run { client.shown(.cursor)?.position == PixelPoint(x: -5, y: 7) }
        server.state(3, Server.info(2, buffer: 1))
        try server.run { client.shown(.cursor) == nil }
    }

    @Test("what was released before a commit goes with it, and otherwise by itself when the turn is over")
    func releases() throws {
        let server = try Server(), first = Server.Memory(), second = Server.Memory()
        let client = try server.openShowing(first)
        let one = try #require(client.shown()).identity
        client.committed(.primary, generation: Generation(1))
        server.state(2, Server.info(2, buffer: 2))
        try server.run { server.gets.count == 2 }
        server.dmabuf(2, buffer: 2, [second.descriptor.rawValue])
        try server.run { client.shown()?.generation == Generation(2) }
        let two = try #require(client.shown()).identity
        // In one turn of the loop: one message.
        client.released(.primary, one)
        client.committed(.primary, generation: Generation(2))
        try server.settle()
        #expect(server.committed.map { SIMD4(wire: $0.released).buffers } == [[], [1]])
        #expect(server.released.isEmpty)
        // Without a commit: at the end of the turn, both at once.
        client.released(.primary, two)
        client.released(.primary, one)
        #expect(server.released.isEmpty)
        try server.settle()
        #expect(server.released == [[2, 1]])
        client.committed(.primary, generation: Generation(2))
        try server.settle()
        #expect(server.committed.map { SIMD4(wire: $0.released).buffers } == [[], [1], []])
        // Memory that was never shown here, and more than a message has room for.
        client.released(.cursor, one)
        for _ in 0..<6 { client.released(.primary, one) }
        try server.settle()
        #expect(server.released == [[2, 1], [1, 1, 1, 1], [1, 1]])
    }

    @Test("a commit carries its own plane's releases alone: the other plane's go by themselves")
    func releasesOfBoth() throws {
        let server = try Server(), memory = Server.Memory(), picture = Server.Memory(64 * 64 * 4)
        let client = try server.openShowing(memory)
        let one = try #require(client.shown()).identity
        client.committed(.primary, generation: Generation(1))
        let cursor = Server.info(1, buffer: 9) {
            $0.drm_format = 0x3432_5241
            ($0.height, $0.size) = (64, 16384)
        }
        server.state(2, Server.info(1, buffer: 1), cursor: cursor)
        try server.run { server.gets.count == 2 }
        server.dmabuf(1, buffer: 9, [picture.descriptor.rawValue], plane: 2)
        try server.run { client.shown(.cursor) != nil }
        let nine = try #require(client.shown(.cursor)).identity
        client.released(.primary, one)
        client.released(.cursor, nine)
        client.committed(.cursor, generation: Generation(1))
        try server.settle()
        #expect(server.committed.map { SIMD4(wire: $0.released).buffers } == [[], [9]])
        #expect(server.released == [[1]])
    }

    @Test("a buffer of an earlier mode is released by its number, though its memory is let go")
    func releaseAfterModeSwitch() throws {
        let server = try Server(), first = Server.Memory(), second = Server.Memory()
        let client = try server.openShowing(first)
        let old = try #require(client.shown()).identity
        client.committed(.primary, generation: Generation(1))
        server.state(2, Server.info(2, buffer: 2) { ($0.height, $0.size) = (16, 4096) })
        try server.run { server.gets.count == 2 }
        server.dmabuf(2, buffer: 2, [second.descriptor.rawValue])
        try server.run { client.shown()?.generation == Generation(2) }
        client.released(.primary, old)
        try server.run { server.released == [[1]] }
    }

    @Test("what is never shown is skipped, once, and that is no commit")
    func skips() throws {
        let server = try Server(), memory = Server.Memory()
        let client = try server.openShowing(memory)
        for _ in 0..<3 { client.skipped(.primary, generation: Generation(1)) }
        try server.settle()
        #expect(server.skipped.map(\.generation) == [1] && server.skipped.map(\.sequence) == [1])
        #expect(server.committed.isEmpty && server.seen.isEmpty)
        server.state(2, Server.info(2, buffer: 1))
        try server.run { client.shown()?.generation == Generation(2) }
        client.skipped(.primary, generation: Generation(2))
        try server.settle()
        #expect(server.skipped.map(\.generation) == [1, 2])
        // A skip gives the server as much room as a commit.
        #expect(server.seen.isEmpty)
    }

    @Test("nothing is reported after the end")
    func silentAfterTheEnd() throws {
        let server = try Server(), memory = Server.Memory()
        let client = try server.openShowing(memory)
        let identity = try #require(client.shown()).identity
        client.released(.primary, identity)
        client.close()
        client.committed(.primary, generation: Generation(1))
        client.skipped(.primary, generation: Generation(1))
        client.released(.primary, identity)
        try server.settle()
        #expect(server.committed.isEmpty && server.skipped.isEmpty && server.released.isEmpty)
    }

    @Test("a region's descriptor is got once, and its pictures are places in it")
    func region() throws {
        let server = try Server(), memory = Server.Memory(2 * 8192)
        server.welcome()
        server.caps(PLANE_CAPS_REGION)
        server.state(1, Server.info(1, buffer: 1))
        server.peer.send(
            plane_region(
                header: plane_header(of: plane_region.self, PLANE_REGION), status: PLANE_OK.rawValue, reserved: 0, size: 16384),
            descriptors: [memory.descriptor.rawValue])
        let client = try server.open()
        let first = try #require(client.shown()).identity
        client.committed(.primary, generation: Generation(1))
        server.state(2, Server.info(2, buffer: 2) { $0.start = 8192 })
        try server.run { client.shown()?.generation == Generation(2) }
        let second = try #require(client.shown()).identity
        #expect(first.inode == second.inode && first.layout.offsets[0] == 0 && second.layout.offsets[0] == 8192)
        #expect(try client.buffer(for: .primary, generation: Generation(2)).layout.offsets[0] == 8192)
        // Each place is released by its own number.
        client.released(.primary, first)
        client.committed(.primary, generation: Generation(2))
        try server.run { server.committed.last.map { SIMD4(wire: $0.released).buffers } == [1] }
        server.state(3, Server.info(3, buffer: 3) { $0.start = 8193 })
        try server.run { client.queryError != nil }
        guard case .invalid(.tooShort) = client.queryError else { return #expect(Bool(false), "it was believed") }
        #expect(server.peer.inbox.count { $0.type == PLANE_GET_REGION.rawValue } == 1)
        #expect(server.gets.isEmpty)
    }

    @Test("a mode switch lets go of the old mode's memory, and many buffers of the least recently shown")
    func memoryIsLetGo() throws {
        let server = try Server(), first = Server.Memory()
        let client = try server.openShowing(first)
        client.committed(.primary, generation: Generation(1))
        var memories: [Server.Memory] = []
        func show(_ generation: UInt64, height: UInt32) throws {
            let memory = Server.Memory()
            memories.append(memory)
            server.state(
                generation, Server.info(generation, buffer: generation) { ($0.height, $0.size) = (height, height * 256) })
            try server.run { server.gets.last == generation }
            server.dmabuf(generation, buffer: generation, [memory.descriptor.rawValue])
            try server.run { client.shown()?.generation == Generation(generation) }
            client.committed(.primary, generation: Generation(generation))
        }
        try show(2, height: 16)
        #expect(first.openElsewhere == 0)
        for generation: UInt64 in 3...30 { try show(generation, height: 16) }
        #expect(memories.reduce(0) { $0 + $1.openElsewhere } == WatchedPlane.capacity)
        client.close()
        #expect(memories.reduce(0) { $0 + $1.openElsewhere } == 0)
    }

    @Test("latencies begin no earlier than the viewer did, and never in the future", arguments: [0, UInt64.max])
    func changeTimes(told: UInt64) throws {
        let server = try Server(), memory = Server.Memory()
        let before = EventLoop.now()
        server.welcome()
        server.caps()
        server.state(1, Server.info(1, buffer: 1) { $0.changed_at = told })
        server.dmabuf(1, buffer: 1, [memory.descriptor.rawValue])
        let info = try #require(try server.open().shown())
        #expect((before...EventLoop.now()).contains(info.changedAt))
    }
}
