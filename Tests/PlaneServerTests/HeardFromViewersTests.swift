// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CPlaneProtocol
import Glibc
import Planes
import System
import TestSupport
import Testing

@testable import PlaneServer

@Suite("What a server's guest hears of its viewers")
struct HeardFromViewersTests {
    @Test("a guest that waits hears of the first viewer's commit, once; and of a skip where no viewer will show it")
    func backPressure() throws {
        let world = try ServerWorld()
        func committed() -> [UInt64] { world.source.committed.map(\.generation.rawValue) }
        func skipped() -> [UInt64] { world.source.skipped.map(\.generation.rawValue) }
        // Nobody looks.
        #expect(skipped() == [1] && committed() == [])
        let peer = try world.viewer(), other = try world.viewer()
        world.flip()
        try world.run(peer, other) { peer.states.count == 2 && other.states.count == 2 }
        #expect(skipped() == [1] && committed() == [])
        peer.committed(2, 2)
        other.committed(2, 2)
        try world.settle(peer, other)
        #expect(skipped() == [1] && committed() == [2])
        world.flip()
        try world.run(peer, other) { peer.states.count == 3 && other.states.count == 3 }
        // Acknowledged, it may yet be committed.
        peer.seen(3)
        other.seen(3)
        peer.skipped(3, 3)
        try world.settle(peer, other)
        #expect(skipped() == [1])
        for _ in 0..<2 { other.skipped(3, 3) }
        try world.settle(peer, other)
        #expect(skipped() == [1, 3] && committed() == [2])
        // Of the third neither was told yet.
        for _ in 0..<3 { world.flip() }
        try world.settle(peer, other)
        #expect(peer.states.count == 5 && other.states.count == 5)
        #expect(skipped() == [1, 3] && committed() == [2])
        peer.committed(4, 4)
        other.skipped(5, 5)
        try world.settle(peer, other)
        #expect(peer.states.last?.primary.generation == 6 && other.states.last?.primary.generation == 6)
        #expect(skipped() == [1, 3] && committed() == [2, 4])
        peer.skipped(6, 6)
        other.skipped(6, 6)
        try world.settle(peer, other)
        #expect(skipped() == [1, 3, 6] && committed() == [2, 4])
    }

    @Test("a skipped picture is told again with the cursor's next place, and isn't waited for")
    func skippedAgain() throws {
        let world = try ServerWorld(), peer = try world.viewer(), other = try world.viewer()
        let cursor = ScriptedSource.Memory(width: 64, height: 64, format: .argb8888)
        world.source.show(.cursor, cursor)
        world.flip()
        try world.run(peer, other) { peer.states.count == 2 && other.states.count == 2 }
        peer.skipped(2, 2)
        other.seen(1)
        try world.settle(peer, other)
        world.source.move(.cursor, cursor, to: PixelPoint(x: 5, y: 5))
        world.source.announce()
        try world.run(peer, other) { peer.states.count == 3 && other.states.count == 3 }
        other.skipped(2, 3)
        try world.settle(peer, other)
        #expect(world.source.skipped.filter { $0.kind == .primary }.map(\.generation.rawValue) == [1, 2])
    }

    @Test("a viewer that queries is waited for until it has, and then until it commits or skips")
    func backPressureByQuery() throws {
        let world = try ServerWorld(), peer = try world.viewer(features: 0)
        func skipped() -> [UInt64] { world.source.skipped.map(\.generation.rawValue) }
        world.flip()
        try world.settle(peer)
        #expect(skipped() == [1])
        peer.request(PLANE_QUERY, plane: 1)
        try world.settle(peer)
        #expect(skipped() == [1])
        peer.skipped(2, 0)
        try world.settle(peer)
        #expect(skipped() == [1, 2])
        world.flip()
        peer.request(PLANE_QUERY, plane: 1)
        try world.settle(peer)
        peer.committed(3, 0)
        try world.settle(peer)
        #expect(skipped() == [1, 2] && world.source.committed.map(\.generation.rawValue) == [3])
    }

    @Test("memory is released at the source when the last viewer that holds it lets it go")
    func releases() throws {
        let world = try ServerWorld(), second = ScriptedSource.Memory(width: 64, height: 32)
        let one = world.memory.identity, two = second.identity
        func committed() -> [UInt64] { world.source.committed.map(\.generation.rawValue) }
        func released() -> [BufferIdentity] { world.source.released.map(\.identity) }
        do {
            let quick = try world.viewer(), slow = try world.viewer()
            quick.committed(1, 1)
            slow.committed(1, 1)
            world.source.show(.primary, second)
            world.source.announce()
            try world.run(quick, slow) { quick.states.count == 2 && slow.states.count == 2 }
            quick.committed(2, 2, released: [1])
            try world.settle(quick, slow)
            #expect(committed() == [1, 2] && released() == [])
            slow.committed(2, 2)
            try world.settle(quick, slow)
            #expect(committed() == [1, 2] && released() == [])
            slow.released(7, 8, 9, 1)
            try world.settle(quick, slow)
            #expect(released() == [one])
            slow.released(1)
            try world.settle(quick, slow)
            #expect(released() == [one])
            // What is shown is committed again when the compositor wants it again.
            quick.released(2)
            slow.released(2)
            try world.settle(quick, slow)
            #expect(released() == [one])
        }
        // Whoever goes lets everything go.
        #expect(try world.loop.runUntil { world.server.viewerCount == 0 })
        #expect(released() == [one, two])
    }

    @Test("a commit or a skip that acknowledges nothing is one all the same")
    func withoutAcknowledgement() throws {
        let world = try ServerWorld(), viewer = try world.viewer()
        viewer.committed(1, 0)
        try world.settle(viewer)
        #expect(world.source.committed.map(\.generation.rawValue) == [1])
        viewer.skipped(1, 0)
        try world.settle(viewer)
        #expect(!viewer.hasEnded)
    }

    @Test("a buffer that the source took from a viewer that reads nothing is released by the others alone")
    func takenFromTheSlowest() throws {
        let world = try ServerWorld(), second = ScriptedSource.Memory(width: 64, height: 32)
        let mute = try world.viewer(), quick = try world.viewer()
        quick.committed(1, 1)
        // The mute viewer is told of a picture in each of the buffers. Then both are drawn over.
        for (sequence, memory) in zip(UInt64(2)..., [second, world.memory, second]) {
            world.source.show(.primary, memory)
            world.source.announce()
            try world.run(quick) { quick.states.count == Int(sequence) }
            quick.committed(sequence, sequence)
            try world.settle(quick)
        }
        #expect(world.source.committed.map(\.generation.rawValue) == [1, 2, 3, 4])
        #expect(world.source.released.isEmpty)
        quick.released(1)
        try world.settle(quick)
        #expect(world.source.released.map(\.identity) == [world.memory.identity])
        withExtendedLifetime(mute) {}
    }

    @Test("a late viewer's older picture is committed, too, and what was released before a commit doesn't release it")
    func lateCommit() throws {
        let world = try ServerWorld(), second = ScriptedSource.Memory(width: 64, height: 32)
        let quick = try world.viewer(), late = try world.viewer()
        func committed() -> [UInt64] { world.source.committed.map(\.generation.rawValue) }
        world.source.show(.primary, second)
        world.source.announce()
        try world.run(quick, late) { quick.states.count == 2 && late.states.count == 2 }
        quick.committed(2, 2)
        try world.settle(quick, late)
        late.committed(1, 1, released: [1])
        try world.settle(quick, late)
        #expect(committed() == [2, 1])
        late.committed(2, 2)
        try world.settle(quick, late)
        #expect(committed() == [2, 1] && world.source.released.isEmpty)
        late.released(1)
        try world.settle(quick, late)
        #expect(world.source.released.map(\.identity) == [world.memory.identity])
    }

    @Test("a picture that a viewer doesn't hold is neither committed nor released")
    func lies() throws {
        let world = try ServerWorld(), liar = try world.viewer(), honest = try world.viewer()
        liar.committed(9, 1, released: [1, 2, 3])
        liar.released(1)
        liar.skipped(9, 1)
        honest.committed(1, 1)
        try world.settle(liar, honest)
        #expect(world.source.committed.map(\.generation.rawValue) == [1])
        #expect(world.source.released.isEmpty && !liar.hasEnded)
    }
}
