// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Planes
import TestCompositor
import TestSupport
import Testing
import WaylandServer

@Suite("A guest that must be asked")
struct PollingTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)

    /// A window that shows a first picture of a guest that tells nothing. Its compositor's refresh is 16.7 ms.
    private func world(_ behave: (inout Behaviour) -> Void = { _ in }) throws -> World {
        let world = try World(isPolled: true, behave)
        world.guest.show(.primary, picture)
        try world.open()
        try world.wait(nanoseconds: 50_000_000)
        _ = try world.requests()
        return world
    }

    /// Queries of both planes in this time.
    private func queries(_ world: World, in nanoseconds: UInt64) throws -> Int {
        let before = world.guest.queries
        try world.wait(nanoseconds: nanoseconds)
        return (world.guest.queries - before + 1) / 2
    }

    private func until(_ world: World, _ condition: () -> Bool) throws {
        let isSo = try world.loop.runUntil {
            _ = world.server.turn()
            return condition()
        }
        #expect(isSo)
    }

    @Test("a still guest is asked once a refresh, and the compositor hears nothing of it")
    func still() throws {
        let world = try world()
        let before = world.guest.queries, start = EventLoop.now()
        // 30 refreshes, of which the first may just be over and two queries each; a busy machine may miss some.
        try until(world) { world.guest.queries >= before + 60 }
        #expect(EventLoop.now() - start >= 28 * 16_600_000)
        #expect(try world.requests() == [])
    }

    @Test("what is new is committed as any frame is")
    func change() throws {
        let world = try world()
        #expect(try world.next { world.guest.show(.primary, picture) }.requests == FramePathTests.frame("buffer1"))
    }

    @Test("a hidden window asks nothing, and at once when it is seen again")
    func hidden() throws {
        let world = try world { $0.showsAtOnce = false }
        // The first picture is in flight, and no frame callback comes.
        #expect(try queries(world, in: 200_000_000) == 0)
        world.guest.show(.primary, picture)
        #expect(try world.next { world.server.refresh() }.requests == FramePathTests.frame("buffer1"))
        #expect(try queries(world, in: 200_000_000) == 0)
    }

    @Test("a suspended window asks nothing, and at once when it goes on")
    func suspended() throws {
        let world = try world()
        world.server.configure(width: 0, height: 0, states: [.suspended])
        _ = try world.requests()
        #expect(try queries(world, in: 200_000_000) == 0)
        world.guest.show(.primary, picture)
        world.server.configure(width: 0, height: 0, states: [.activated])
        #expect(try world.requests().contains("picture.attach(buffer1, 0, 0)"))
        let before = world.guest.queries
        try until(world) { world.guest.queries > before + 10 }
    }

    @Test("one that can't answer just now is asked again at the next refresh; the user hears of it when that fails, too")
    func temporary() throws {
        let world = try world()
        world.guest.queryErrors[.primary] = .temporary(errno: 12)
        let before = world.guest.queries
        while world.guest.queries == before { try world.loop.turn(waitingAtMost: 20_000_000) }
        #expect(world.log.warnings == [])
        try until(world) { !world.log.warnings.isEmpty }
        try world.wait(nanoseconds: 100_000_000)
        #expect(world.log.warnings.count == 1)
        world.guest.queryErrors[.primary] = nil
        #expect(try world.next { world.guest.show(.primary, picture) }.requests == FramePathTests.frame("buffer1"))
    }

    @Test("a guest that tells is never asked without cause")
    func told() throws {
        let world = try World.showing(picture)
        #expect(try queries(world, in: 200_000_000) == 0)
    }
}
