// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import Testing

@testable import SyntheticGuest

@Suite("The guest's buffers")
struct BufferRingTests {
    /// A ring with a guest that draws and a viewer that looks, as one thread sees them.
    private struct World {
        var ring = BufferRing()
        var generation = Generation.none
        var buffers = 0

        mutating func draw() {
            var slot = ring.beginDrawing()
            if slot == nil, ring.canGrow {
                _ = ring.grow()
                buffers += 1
                slot = ring.beginDrawing()
            }
            guard let slot else {
                Issue.record("no buffer to draw into")
                return
            }
            generation = generation.next
            ring.publish(slot, generation)
        }

        mutating func look() -> Generation {
            _ = ring.handOut()
            return ring.current
        }
    }

    @Test("are three for a viewer that keeps up")
    func keepsUp() {
        var world = World()
        for _ in 0..<20 {
            world.draw()
            world.ring.take(world.look())
        }
        #expect(world.buffers == 3)
    }

    @Test("are two for a viewer that never looks")
    func neverLooks() {
        var world = World()
        for _ in 0..<20 { world.draw() }
        #expect(world.buffers == 2)
    }

    @Test("always have one to draw into, and keep what is newest, handed out, or among the last two taken")
    func guarantee() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            var world = World()
            var handed = Generation.none, taken: [Generation] = []
            for _ in 0..<200 {
                switch UInt8.random(in: 0..<4, using: &random) {
                case 0, 1: world.draw()
                case 2: handed = world.look()
                default:
                    world.ring.take(handed)
                    if handed != .none, taken.last != handed { taken.append(handed) }
                }
                for kept in [world.generation, handed] + taken.suffix(2) where kept != .none {
                    #expect(world.ring.slot(of: kept) != nil)
                }
            }
            #expect(world.buffers <= BufferRing.most)
        }
    }

    @Test("a generation that was neither handed out nor taken is gone when the next is there")
    func gone() {
        var world = World()
        world.draw()
        world.draw()
        #expect(world.ring.slot(of: Generation(1)) == nil)
        #expect(world.ring.slot(of: Generation(2)) != nil)
    }

    @Test("a buffer that is being drawn into shows no generation")
    func drawing() {
        var world = World()
        for _ in 0..<3 { world.draw(); world.ring.take(world.look()) }
        _ = world.ring.beginDrawing()
        #expect((1...3).filter { world.ring.slot(of: Generation($0)) != nil } == [2, 3])
    }
}

@Suite("The guest's damage")
struct DamageHistoryTests {
    private func rectangle(_ x: Int32) -> PixelRectangle { PixelRectangle(x: x, y: 0, width: 1, height: 1) }

    @Test("is everything until something of this mode was taken")
    func fresh() {
        var history = DamageHistory(first: Generation(5))
        #expect(history.sinceTaken == .everything)
        history.take(Generation(4))
        #expect(history.sinceTaken == .everything)
        history.record(Generation(6), rectangle(3))
        #expect(history.sinceTaken == .everything)
    }

    @Test("is what changed in all generations since the one last taken")
    func union() {
        var history = DamageHistory(first: Generation(1))
        history.take(Generation(1))
        #expect(history.sinceTaken == .rectangle(PixelRectangle(x: 0, y: 0, width: 0, height: 0)))
        history.record(Generation(2), rectangle(1))
        history.record(Generation(3), rectangle(5))
        #expect(history.sinceTaken == .rectangle(PixelRectangle(x: 1, y: 0, width: 5, height: 1)))
        history.take(Generation(2))
        #expect(history.sinceTaken == .rectangle(rectangle(5)))
        history.take(Generation(1))
        #expect(history.sinceTaken == .rectangle(rectangle(5)))
    }

    @Test("is everything for a viewer that fell far behind")
    func behind() {
        var history = DamageHistory(first: Generation(1))
        history.take(Generation(1))
        for generation in 2...17 as ClosedRange<UInt64> { history.record(Generation(generation), rectangle(Int32(generation))) }
        #expect(history.sinceTaken == .rectangle(PixelRectangle(x: 2, y: 0, width: 16, height: 1)))
        history.record(Generation(18), rectangle(18))
        #expect(history.sinceTaken == .everything)
    }
}
