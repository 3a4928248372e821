// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import System
import Testing

@testable import SyntheticGuest

/// A ring with a guest that draws as the painter does, and the viewers of it, as one thread sees them.
struct RingWorld {
    var ring = BufferRing()
    var generation = Generation.none
    var buffers = 0
    /// Pictures that were left out because every buffer was kept.
    var leftOut = 0

    /// Draws a picture, or leaves it out.
    mutating func draw() {
        var slot = ring.beginDrawing()
        if slot == nil, ring.canGrow {
            slot = ring.grow()
            buffers += 1
        }
        while slot == nil, ring.dropSlowest() { slot = ring.beginDrawing() }
        guard let slot else {
            leftOut += 1
            return
        }
        generation = generation.next
        ring.publish(slot, generation)
    }

    /// Queries, and holds what came, as a window does, or a server for itself.
    @discardableResult
    mutating func look() -> Generation {
        #expect(ring.hold(HeldGenerations([ring.current]), for: 0) == true)
        return ring.current
    }

    /// The picture is there, and stays.
    func keeps(_ generation: Generation) -> Bool { ring.slot(of: generation) != nil }

    mutating func release(_ generation: Generation) {
        guard let slot = ring.slot(of: generation) else {
            Issue.record("\(generation) was overwritten while it was held")
            return
        }
        ring.release(slot)
    }
}

@Suite("The guest's buffers")
struct BufferRingTests {
    @Test("are two for a compositor that copies, and three for one that scans out")
    func keepsUp() {
        for latency in 0...1 {
            var world = RingWorld(), onScreen: [Generation] = []
            for _ in 0..<20 {
                world.draw()
                let generation = world.look()
                world.ring.commit(generation)
                onScreen.append(generation)
                if onScreen.count > 1 + latency { world.release(onScreen.removeFirst()) }
            }
            #expect(world.buffers == 2 + latency)
            #expect(world.leftOut == 0)
        }
    }

    @Test("are two for a viewer that never looks")
    func neverLooks() {
        var world = RingWorld()
        for _ in 0..<20 { world.draw() }
        #expect(world.buffers == 2)
    }

    @Test("stay as they are from the commit to the release, and while they are held, whatever the guest and the viewer do")
    func guarantee() {
        var random = SplitMix64(seed: 1)
        for _ in 0..<50 {
            var world = RingWorld(), held = Generation.none, onScreen: [Generation] = []
            for _ in 0..<300 {
                switch UInt8.random(in: 0..<6, using: &random) {
                case 0, 1, 2:
                    let leftOut = world.leftOut
                    world.draw()
                    // A picture is left out only where every buffer is kept: on screen, held, or the newest.
                    if world.leftOut > leftOut {
                        #expect(world.buffers == BufferRing.most)
                        #expect(Set(onScreen + [held, world.generation]).subtracting([.none]).count == world.buffers)
                    }
                case 3: if world.generation != .none { held = world.look() }
                case 4:
                    world.ring.commit(held)
                    if held != .none, !onScreen.contains(held) { onScreen.append(held) }
                default:
                    guard let index = onScreen.indices.randomElement(using: &random) else { break }
                    world.release(onScreen.remove(at: index))
                }
                for kept in onScreen + [held, world.generation] where kept != .none { #expect(world.keeps(kept)) }
            }
            #expect(world.buffers <= BufferRing.most)
        }
    }

    @Test("that are all kept stop the guest, and one that is released lets it go on")
    func allKept() {
        var world = RingWorld(), onScreen: [Generation] = []
        for _ in 0..<20 {
            world.draw()
            world.ring.commit(world.look())
            if onScreen.last != world.generation { onScreen.append(world.generation) }
        }
        #expect(world.buffers == BufferRing.most && onScreen.count == BufferRing.most)
        #expect(onScreen.allSatisfy(world.keeps))
        world.release(onScreen[1])
        world.draw()
        #expect(world.ring.current == Generation(UInt64(BufferRing.most) + 1))
        #expect(!world.keeps(onScreen[1]))
    }

    @Test("a generation that is neither held nor committed may be gone when the next is there")
    func gone() {
        var world = RingWorld()
        world.draw()
        world.draw()
        #expect(!world.keeps(Generation(1)) && world.keeps(Generation(2)))
        // It wasn't drawn over yet: who is quick can hold it.
        #expect(world.ring.hold(HeldGenerations([Generation(1)]), for: 0) == true)
        #expect(world.keeps(Generation(1)))
        _ = world.ring.hold(.none, for: 0)
        world.draw()
        #expect(world.ring.hold(HeldGenerations([Generation(1)]), for: 0) == false)
        #expect(world.ring.hold(HeldGenerations([Generation(2), Generation(1)]), for: 0) == false)
        #expect(world.ring.hold(HeldGenerations([Generation(99)]), for: 0) == false)
    }

    @Test("a buffer that is being drawn into shows no generation")
    func drawing() {
        var world = RingWorld()
        for _ in 0..<3 { world.draw() }
        _ = world.ring.beginDrawing()
        #expect((1...3).filter { world.ring.hold(HeldGenerations([Generation($0)]), for: 0) } == [3])
    }

    @Test("a commit or a release of what isn't there means nothing")
    func unknown() {
        var world = RingWorld()
        world.draw()
        world.ring.commit(Generation(7))
        world.ring.commit(.none)
        for _ in 0..<10 { world.draw() }
        #expect(world.buffers == 2)
    }
}
