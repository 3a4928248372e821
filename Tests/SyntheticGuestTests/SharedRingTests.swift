// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import Testing

@testable import SyntheticGuest

@Suite("The guest's buffers, for several viewers")
struct SharedRingTests {
    /// A ring with a guest that draws as the painter does.
    private struct World {
        var ring = BufferRing()
        var generation = Generation.none
        var buffers = 0
        var misses = 0

        mutating func draw() {
            var slot = ring.beginDrawing()
            if slot == nil, ring.canGrow {
                _ = ring.grow()
                buffers += 1
            }
            repeat { slot = slot ?? ring.beginDrawing() } while slot == nil && ring.dropSlowest()
            guard let slot else {
                misses += 1
                return
            }
            generation = generation.next
            ring.publish(slot, generation)
            _ = ring.handOut()
        }
    }

    private func held(_ numbers: UInt64...) -> HeldGenerations { HeldGenerations(numbers.map { Generation($0) }) }

    @Test("each viewer's pictures stay until it lets them go")
    func union() {
        var world = World()
        world.draw()
        world.ring.hold(held(1), for: 1)
        world.draw()
        world.ring.hold(held(1, 2), for: 2)
        for _ in 0..<50 { world.draw() }
        #expect(world.ring.slot(of: Generation(1)) != nil && world.ring.slot(of: Generation(2)) != nil)
        world.ring.hold(held(2), for: 2)
        world.draw()
        #expect(world.ring.slot(of: Generation(1)) != nil)
        world.ring.hold(.none, for: 1)
        for _ in 0..<3 { world.draw() }
        #expect(world.ring.slot(of: Generation(1)) == nil && world.ring.slot(of: Generation(2)) != nil)
        #expect(world.ring.drops == 0)
    }

    @Test("where all are held the slowest viewer loses its, and the guest goes on")
    func slowest() {
        var world = World()
        for viewer in 0..<4 {
            var holds = HeldGenerations()
            for _ in 0..<6 {
                world.draw()
                holds.insert(world.generation)
                world.ring.hold(holds, for: viewer)
            }
        }
        #expect(world.misses == 0)
        #expect(world.buffers <= BufferRing.mostShared)
        #expect(world.ring.drops > 0)
        // The first viewer's are the oldest; the last one keeps all of its own.
        #expect(world.ring.slot(of: Generation(1)) == nil)
        for generation: UInt64 in 19...24 { #expect(world.ring.slot(of: Generation(generation)) != nil) }
    }

    @Test("for any viewers the guest always draws, and keeps whatever wasn't taken from a viewer")
    func anyViewers() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<30 {
            var world = World(), holds: [HeldGenerations] = Array(repeating: .none, count: 8)
            for _ in 0..<300 {
                let drops = world.ring.drops, before = holds
                world.draw()
                if world.ring.drops == drops {
                    for viewer in before {
                        for generation in 1...300 as ClosedRange<UInt64> where viewer.contains(Generation(generation)) {
                            #expect(world.ring.slot(of: Generation(generation)) != nil)
                        }
                    }
                } else {
                    // Which viewer it was, the ring alone knows: all begin anew.
                    for viewer in holds.indices {
                        holds[viewer] = .none
                        world.ring.hold(.none, for: viewer)
                    }
                }
                let viewer = Int.random(in: 0..<8, using: &random)
                if Bool.random(using: &random) { holds[viewer] = .none }
                if holds[viewer].count < 6 { holds[viewer].insert(world.generation) }
                world.ring.hold(holds[viewer], for: viewer)
            }
            #expect(world.misses == 0)
            #expect(world.buffers <= BufferRing.mostShared)
        }
    }

    @Test("a new mode has none of the old one's pictures, and knows its viewers")
    func modes() {
        var world = World()
        world.draw()
        world.ring.hold(held(1), for: 1)
        world.ring.clear()
        #expect(world.ring.current == .none && world.ring.slot(of: Generation(1)) == nil)
        world.draw()
        #expect(world.ring.slot(of: Generation(2)) != nil)
    }

    @Test("a list of viewers has an end")
    func manyViewers() {
        var world = World()
        for viewer in 0..<1000 {
            world.draw()
            world.ring.hold(HeldGenerations([world.generation]), for: viewer)
        }
        #expect(world.misses == 0)
    }
}
