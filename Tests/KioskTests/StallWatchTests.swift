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
        var pictures: UInt64? = 0
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
        world.pictures = 1
        try #require(try world.loop.runUntil { world.heard == ["stall", "return"] })
        try #require(try world.loop.runUntil { world.heard == ["stall", "return", "stall"] })
        #expect(world.watch.stalls == 2)
    }

    @Test("a guest whose newer picture nobody has taken isn't one, nor is a guest that has gone")
    func goesOn() throws {
        let world = World()
        world.pictures = nil
        world.begin()
        try world.loop.run(for: 0.2)
        #expect(world.heard == [])
        world.pictures = 1
        try #require(try world.loop.runUntil { world.heard == ["stall"] })
        world.watch.end()
        try world.loop.run(for: 0.2)
        #expect(world.heard == ["stall"] && world.watch.stalls == 1)
    }

    @Test("a new guest has its whole time, whatever the one before did")
    func anew() throws {
        let world = World(3_600_000_000_000)
        world.begin()
        world.watch.end()
        world.begin()
        try world.loop.runForAMoment()
        #expect(world.heard == [] && world.watch.stalls == 0)
    }
}
