// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CPlaneProtocol
import Glibc
import Planes
import System
import TestSupport
import Testing

@testable import PlaneServer

@Suite("The server's calls")
struct CallsTests {
    @Test("a hello is answered with the version, the common features and the name; the first state comes by itself")
    func hello() throws {
        let world = try ServerWorld(), peer = try world.peer()
        peer.send(plane_hello(PLANE_HELLO, version: 7, features: .max, name: "test"))
        try world.run(peer) { peer.states.count == 1 }
        let welcome = try #require(peer.all(PLANE_WELCOME, plane_hello.self).first)
        #expect(welcome.magic == UInt64(PLANE_MAGIC) && welcome.version == 1)
        #expect(welcome.features == PLANE_FEATURE_PUSH | PLANE_FEATURE_MULTI_PLANE)
        #expect(text(in: welcome.name) == "scripted")
        let state = peer.states[0]
        #expect(state.sequence == 1 && state.primary.width == 64 && state.primary.buffer == 1)
        #expect(state.primary.wholeGeneration == Generation(1))
        #expect(state.cursor.isOff && state.cursor.buffer == 0)
    }

    @Test("a viewer of another version is told which is spoken")
    func version() throws {
        let world = try ServerWorld(), peer = try world.peer()
        var hello = plane_hello(PLANE_HELLO, version: 9, features: 0, name: "")
        hello.lowest_version = 2
        peer.send(hello)
        try world.run(peer) { peer.hasEnded }
        let bye = try #require(peer.goodbye)
        #expect(bye.reason == PLANE_BYE_VERSION.rawValue && bye.detail == 1)
        #expect(world.server.viewerCount == 0)
    }

    @Test("caps are told, and don't change")
    func caps() throws {
        let world = try ServerWorld(), peer = try world.viewer()
        peer.request(PLANE_QUERY_CAPS)
        peer.request(PLANE_QUERY_CAPS)
        try world.run(peer) { peer.all(PLANE_CAPS, plane_caps.self).count == 2 }
        for caps in peer.all(PLANE_CAPS, plane_caps.self) {
            #expect(caps.type == PLANE_CAPS_DMABUF.rawValue && caps.planes == 6)
        }
    }

    @Test("get gives the memory of exactly the generation told, once for each time asked")
    func get() throws {
        let world = try ServerWorld(), peer = try world.viewer()
        peer.get(1)
        peer.get(1)
        try world.run(peer) { peer.all(PLANE_DMABUF, plane_dmabuf.self).count == 2 }
        for message in peer.inbox where message.type == PLANE_DMABUF.rawValue {
            let answer = try #require(message.read(plane_dmabuf.self))
            #expect(answer.status == PLANE_OK.rawValue && answer.generation == 1 && answer.buffer == 1)
            #expect(answer.descriptors == 1 && message.descriptors.count == 1)
            let facts = try MemoryFacts(of: message.descriptors[0])
            #expect(facts.device == world.memory.identity.device && facts.inode == world.memory.identity.inode)
        }
        #expect(world.memory.descriptorsGivenAway == 2)
        peer.clear()
        #expect(world.memory.descriptorsGivenAway == 0)
    }

    @Test(
        "a generation that is gone, or never was, is refused as stale with the current one",
        arguments: [0, 1, 4, .max] as [UInt64])
    func stale(generation: UInt64) throws {
        let world = try ServerWorld(), peer = try world.viewer()
        // The viewer goes past the first two.
        for sequence: UInt64 in 2...3 {
            world.flip()
            try world.run(peer) { peer.states.last?.sequence == sequence }
            peer.seen(sequence)
        }
        try world.settle(peer)
        peer.get(generation)
        try world.run(peer) { peer.inbox.last?.type == PLANE_DMABUF.rawValue }
        let answer = try #require(peer.inbox.last?.read(plane_dmabuf.self))
        #expect(answer.status == PLANE_STALE.rawValue && answer.generation == 3)
        #expect(answer.descriptors == 0 && answer.buffer == 0 && peer.inbox.last?.descriptors.isEmpty == true)
        #expect(world.server.staleAnswers == 1)
    }

    @Test("a source that has moved on by itself is stale, too")
    func sourceMovedOn() throws {
        let world = try ServerWorld(), peer = try world.viewer()
        world.source.show(.primary, world.memory)
        peer.get(1)
        try world.run(peer) { peer.inbox.last?.type == PLANE_DMABUF.rawValue }
        let answer = try #require(peer.inbox.last?.read(plane_dmabuf.self))
        #expect(answer.status == PLANE_STALE.rawValue && answer.generation == 2)
    }

    @Test("a plane that is off has no memory")
    func off() throws {
        let world = try ServerWorld(), peer = try world.viewer()
        peer.get(1, plane: PLANE_TYPE_CURSOR.rawValue)
        peer.request(PLANE_GET_REGION)
        try world.run(peer) { peer.inbox.last?.type == PLANE_REGION.rawValue }
        #expect(peer.all(PLANE_DMABUF, plane_dmabuf.self).first?.status == PLANE_OFF.rawValue)
        #expect(peer.all(PLANE_REGION, plane_region.self).first?.status == PLANE_UNSUPPORTED.rawValue)
    }

    @Test("without the push feature a change is one notice until somebody queries")
    func pull() throws {
        let world = try ServerWorld(), peer = try world.viewer(features: 0)
        func notices() -> Int { peer.all(PLANE_CHANGED, plane_changed.self).count }
        func answers() -> [plane_answer] { peer.all(PLANE_ANSWER, plane_answer.self) }
        #expect(notices() == 1)
        for _ in 0..<10 { world.flip() }
        try world.settle(peer)
        #expect(notices() == 1)
        peer.request(PLANE_QUERY, plane: 1)
        // Something has changed since the notice: there is another one behind the answer.
        try world.run(peer) { answers().count == 1 && notices() == 2 }
        #expect(answers()[0].status == PLANE_OK.rawValue && answers()[0].info.generation == 11)
        peer.request(PLANE_QUERY, plane: 2)
        try world.run(peer) { answers().count == 2 }
        #expect(answers()[1].status == PLANE_OFF.rawValue && answers()[1].plane_type == 2)
        try world.settle(peer)
        #expect(notices() == 2)
        peer.get(11)
        try world.run(peer) { peer.inbox.last?.type == PLANE_DMABUF.rawValue }
        #expect(peer.all(PLANE_DMABUF, plane_dmabuf.self).last?.status == PLANE_OK.rawValue)
        world.flip()
        try world.run(peer) { notices() == 3 }
    }

    @Test("a region's descriptor is given, and its pictures are places in it")
    func region() throws {
        let world = try ServerWorld { $0.export = .region }, peer = try world.viewer()
        peer.request(PLANE_QUERY_CAPS)
        peer.request(PLANE_GET_REGION)
        peer.get(1)
        try world.run(peer) { peer.inbox.count == 5 }
        #expect(peer.all(PLANE_CAPS, plane_caps.self).first?.type == PLANE_CAPS_REGION.rawValue)
        let region = try #require(peer.all(PLANE_REGION, plane_region.self).first)
        #expect(region.status == PLANE_OK.rawValue && region.size == 64 * 32 * 4)
        #expect(peer.inbox.first { $0.type == PLANE_REGION.rawValue }?.descriptors.count == 1)
        #expect(peer.all(PLANE_DMABUF, plane_dmabuf.self).first?.status == PLANE_UNSUPPORTED.rawValue)
        // A place in it has a number, by which it is released.
        #expect(peer.states[0].primary.buffer == 1)
        peer.committed(1, 1)
        // Another file isn't a place in this one.
        world.source.show(.primary, ScriptedSource.Memory(width: 8, height: 8))
        world.source.announce()
        try world.run(peer) { peer.states.count == 2 }
        #expect(peer.states[1].primary.isOff)
        peer.seen(2)
        peer.released(1)
        try world.settle(peer)
        #expect(world.source.released.map(\.identity) == [world.memory.identity])
    }

    @Test("the server's end lets go of everything, and the source goes on")
    func closes() throws {
        let world = try ServerWorld(), peer = try world.viewer()
        world.flip()
        try world.run(peer) { peer.states.count == 2 }
        peer.committed(1, 1)
        try world.settle(peer)
        world.server.close()
        #expect(world.source.released.map(\.identity) == [world.memory.identity])
        #expect(world.source.skipped.map(\.generation.rawValue) == [1, 2])
        #expect(world.source.holds.isEmpty)
    }

    @Test("a viewer that goes is forgotten, and the guest goes on")
    func leaves() throws {
        let world = try ServerWorld()
        do {
            let peer = try world.viewer()
            world.flip()
            try world.run(peer) { peer.states.count == 2 }
            #expect(world.source.skipped.map(\.generation.rawValue) == [1])
        }
        #expect(try world.loop.runUntil { world.server.viewerCount == 0 })
        #expect(world.source.skipped.map(\.generation.rawValue) == [1, 2])
        #expect(world.source.committed.isEmpty)
        // The server itself holds what the next viewer is told.
        #expect(world.source.holds == [0: HeldGenerations([Generation(2)])])
    }

    @Test("a picture that was drawn over between the query and the hold is queried again")
    func heldTooLate() throws {
        let world = try ServerWorld(), peer = try world.viewer()
        world.source.failingHolds = 2
        let queries = world.source.queries
        world.flip()
        try world.run(peer) { peer.states.count == 2 }
        // Three times the screen, once the cursor.
        #expect(world.source.queries == queries + 4)
        peer.seen(2)
        try world.settle(peer)
        world.source.failingHolds = 1000
        world.flip()
        try world.settle(peer)
        #expect(peer.states.count == 2)
        world.source.failingHolds = 0
        world.flip()
        try world.run(peer) { peer.states.count == 3 }
    }

    @Test("the end of the source is told to everybody")
    func sourceEnds() throws {
        let world = try ServerWorld(), first = try world.viewer(), second = try world.peer()
        var heard: [String] = []
        world.server.onEnd = { heard.append($0.message) }
        world.source.end(SourceError(.unavailable, "the guest is no more"))
        try world.run(first, second) { first.hasEnded && second.hasEnded }
        #expect(heard == ["the guest is no more"])
        for peer in [first, second] {
            #expect(peer.goodbye?.reason == PLANE_BYE_ENDED.rawValue)
            #expect(peer.goodbye.map { text(in: $0.text) } == "the guest is no more")
        }
    }
}
