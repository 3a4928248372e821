// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
@testable import Kiosk
import TestSupport
import Testing

@Suite("A guest's picture that stands still", .timeLimit(.minutes(2)))
struct StallWatchTests {
    private final class World {
        let loop = try! EventLoop()
        var watch: StallWatch!
        var pictures: UInt64 = 0
        var heard: [String] = []

        init(_ patience: UInt64 = 40_000_000) {
            watch = StallWatch(
                patience, loop: loop, onStall: { [unowned self] in heard.append("stall") },
                onReturn: { [unowned self] in heard.append("return") })
        }

        func begin() { watch.begin { [unowned self] in pictures } }
    }

    @Test("is told once for each time, and its return")
    func stalls() throws {
        let world = World()
        world.begin()
        let start = EventLoop.now()
        try #require(try world.loop.runUntil { world.heard == ["stall"] })
        #expect(EventLoop.now() - start >= 40_000_000)
        try world.loop.run(for: 0.2)
        #expect(world.heard == ["stall"])
        world.pictures += 1
        try #require(try world.loop.runUntil { world.heard == ["stall", "return"] })
        try #require(try world.loop.runUntil { world.heard == ["stall", "return", "stall"] })
        #expect(world.watch.stalls == 2)
    }

    @Test("a guest that goes on isn't one, nor is a guest that has gone, nor a new one before its time")
    func goesOn() throws {
        let world = World(400_000_000)
        world.begin()
        for _ in 0..<12 {
            world.pictures += 1
            try world.loop.run(for: 0.05)
        }
        world.watch.end()
        try world.loop.run(for: 0.5)
        #expect(world.heard == [])
        world.begin()
        world.watch.end()
        world.begin()
        try world.loop.run(for: 0.1)
        #expect(world.heard == [] && world.watch.stalls == 0)
    }
}
