// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import System
import Testing

@testable import SyntheticGuest

@Suite("The guest's buffers, for the viewers of a server")
struct SharedRingTests {
    private func held(_ numbers: UInt64...) -> HeldGenerations { HeldGenerations(numbers.map { Generation($0) }) }

    @Test("each viewer's pictures stay until it lets them go")
    func union() {
        var world = RingWorld()
        world.draw()
        _ = world.ring.hold(held(1), for: 1)
        world.draw()
        _ = world.ring.hold(held(1, 2), for: 2)
        for _ in 0..<50 { world.draw() }
        #expect(world.keeps(Generation(1)) && world.keeps(Generation(2)))
        _ = world.ring.hold(held(2), for: 2)
        world.draw()
        #expect(world.keeps(Generation(1)))
        _ = world.ring.hold(.none, for: 1)
        for _ in 0..<3 { world.draw() }
        #expect(!world.keeps(Generation(1)) && world.keeps(Generation(2)))
        #expect(world.ring.drops == 0)
    }

    @Test("where all are held the slowest viewer loses its, and the guest goes on", arguments: [false, true])
    func slowest(isCommitted: Bool) {
        var world = RingWorld()
        for viewer in 1...4 {
            var holds = HeldGenerations()
            for _ in 0..<6 {
                world.draw()
                world.look()
                holds.insert(world.generation)
                _ = world.ring.hold(holds, for: viewer)
                if isCommitted { world.ring.commit(world.generation) }
            }
        }
        #expect(world.leftOut == 0)
        #expect(world.buffers == BufferRing.mostShared)
        #expect(world.ring.drops > 0)
        // The first viewer's are the oldest; the last one keeps all of its own.
        #expect(!world.keeps(Generation(1)))
        for generation: UInt64 in 19...24 { #expect(world.keeps(Generation(generation))) }
    }

    @Test("what a viewer loses, another one that holds it keeps")
    func common() {
        var world = RingWorld()
        for _ in 0..<6 {
            world.draw()
            world.look()
            world.ring.commit(world.generation)
            _ = world.ring.hold(HeldGenerations((1...world.generation.rawValue).map { Generation($0) }), for: 1)
            _ = world.ring.hold(held(6), for: 2)
        }
        _ = world.ring.hold(.none, for: 0)
        #expect(world.ring.dropSlowest() == true)
        for _ in 0..<BufferRing.mostShared * 2 { world.draw() }
        #expect((1...6).filter { world.keeps(Generation($0)) } == [6])
        // Nobody releases it if the server believes that the first viewer still has it.
        _ = world.ring.hold(.none, for: 2)
        world.draw()
        #expect(!world.keeps(Generation(6)))
    }

    @Test("what is taken from a viewer and committed by another is free when the other lets it go, the newest picture or not")
    func takenAndCommitted() {
        for isNewest in [false, true] {
            var world = RingWorld()
            world.draw()
            world.look()
            _ = world.ring.hold(held(1), for: 1)
            _ = world.ring.hold(held(1), for: 2)
            #expect(world.ring.dropSlowest() == true)
            world.ring.commit(Generation(1))
            if !isNewest {
                world.draw()
                world.look()
            }
            #expect(world.keeps(Generation(1)))
            _ = world.ring.hold(.none, for: 2)
            // The server itself holds the newest.
            #expect(world.keeps(Generation(1)) == isNewest)
            world.draw()
            world.look()
            #expect(!world.keeps(Generation(1)))
        }
    }

    @Test("the only viewer never loses a buffer: the guest leaves pictures out", arguments: [1, 2])
    func only(number: Int) {
        var world = RingWorld(), all = HeldGenerations()
        for _ in 0..<100 {
            world.draw()
            world.look()
            all.insert(world.generation)
            _ = world.ring.hold(all, for: number)
            world.ring.commit(world.generation)
        }
        #expect(world.buffers == BufferRing.mostRemote)
        #expect(world.ring.drops == 0 && world.leftOut == 100 - BufferRing.mostRemote)
        for generation in 1...UInt64(BufferRing.mostRemote) { #expect(world.keeps(Generation(generation))) }
    }

    @Test("a viewer that is left alone with many buffers can keep no more of them than one alone")
    func leftAlone() {
        var world = RingWorld()
        for generation: UInt64 in 1...UInt64(BufferRing.mostShared) {
            world.draw()
            _ = world.ring.hold(held(generation), for: Int(generation))
        }
        #expect(world.buffers == BufferRing.mostShared)
        for viewer in 2...BufferRing.mostShared { _ = world.ring.hold(.none, for: viewer) }
        var all = held(1), seen: Set = [Generation(1)]
        for _ in 0..<50 {
            world.draw()
            all.insert(world.generation)
            seen.insert(world.generation)
            _ = world.ring.hold(all, for: 1)
            world.ring.commit(world.generation)
        }
        #expect(seen.count == BufferRing.mostRemote && world.leftOut > 0)
    }

    /// Viewers as a server sees them: what each holds, committed or not, and what the source believes committed.
    @Test("for any viewers the guest always draws, and keeps what wasn't taken from a viewer")
    func anyViewers() {
        var random = SplitMix64(seed: 1)
        for _ in 0..<30 {
            var world = RingWorld(), holds: [[Generation]] = Array(repeating: [], count: 8), committed: Set<Generation> = []
            func set(_ viewer: Int, _ generations: [Generation]) {
                holds[viewer] = generations
                _ = world.ring.hold(HeldGenerations(generations), for: viewer + 1)
                for generation in committed where !holds.contains(where: { $0.contains(generation) }) {
                    committed.remove(generation)
                    if let slot = world.ring.slot(of: generation) { world.ring.release(slot) }
                }
            }
            // With two viewers at least.
            world.draw()
            for viewer in 0..<2 { set(viewer, [world.generation]) }
            for _ in 0..<300 {
                let drops = world.ring.drops
                world.draw()
                world.look()
                if world.ring.drops == drops {
                    for generation in Set(holds.joined()) { #expect(world.keeps(generation)) }
                } else {
                    // Only the ring knows which viewer it was: all begin anew.
                    for viewer in holds.indices { set(viewer, viewer < 2 ? [world.generation] : []) }
                }
                let viewer = Int.random(in: 0..<8, using: &random)
                let isDone = Bool.random(using: &random)
                set(viewer, (isDone ? [] : Array(holds[viewer].suffix(5))) + [world.generation])
                if Bool.random(using: &random) {
                    world.ring.commit(world.generation)
                    committed.insert(world.generation)
                }
            }
            #expect(world.leftOut == 0)
            #expect(world.buffers <= BufferRing.mostShared)
        }
    }

    @Test("a new mode has none of the old one's pictures, and knows its viewers")
    func modes() {
        var world = RingWorld()
        world.draw()
        _ = world.ring.hold(held(1), for: 1)
        world.ring.commit(Generation(1))
        world.ring.clear()
        #expect(world.ring.current == .none && !world.keeps(Generation(1)))
        world.draw()
        #expect(world.keeps(Generation(2)))
    }

    @Test("a list of viewers has an end")
    func manyViewers() {
        var world = RingWorld()
        for viewer in 0..<1000 {
            world.draw()
            _ = world.ring.hold(HeldGenerations([world.generation]), for: viewer)
        }
        #expect(world.leftOut == 0)
    }
}
