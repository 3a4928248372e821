// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Planes
import TestCompositor
import TestSupport
import Testing

@testable import GuestView
@testable import GuestWindow

@Suite("When the changes of a guest are committed that tells of them")
struct LatencyTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)

    private func world(_ latency: LatencyMode) throws -> World {
        let world = try World.showing(picture, choose: { $0.view.latency = latency })
        // The first pictures of a guest follow each other closely.
        try world.wait(nanoseconds: 2_100_000_000)
        _ = try world.requests()
        return world
    }

    /// A world whose guest has drawn in many steps, and has changed once more: that is kept back for a moment.
    private func waiting() throws -> World {
        let world = try world(.balanced)
        _ = try draw(world)
        world.guest.show(.primary, picture)
        world.guest.announce()
        return world
    }

    private func view(_ world: World) -> GuestView { world.owner.window.view }

    /// The guest draws a picture in many steps, each of which it tells.
    ///
    /// - Returns: what the window has sent in the meantime, how many whole milliseconds the drawing took, and the generations that were
    ///   committed in the end.
    private func draw(_ world: World, steps: Int = 24) throws -> (meanwhile: [String], milliseconds: UInt64, committed: [UInt64])
    {
        let before = world.guest.committed.count, start = EventLoop.now()
        var meanwhile: [String] = []
        for _ in 0..<steps {
            world.guest.show(.primary, picture)
            meanwhile += try world.after {}
        }
        let milliseconds = (EventLoop.now() - start) / 1_000_000
        try world.wait(nanoseconds: 60_000_000)
        return (meanwhile, milliseconds, world.guest.committed[before...].map(\.generation.rawValue))
    }

    @Test("with low latency each as soon as it comes")
    func low() throws {
        let world = try world(.low)
        let committed = try draw(world).committed
        #expect(committed == Array(2...25))
    }

    @Test("a picture that is drawn in many steps is one commit, unless nobody could know of them")
    func steps() throws {
        let world = try world(.balanced)
        // Nobody knows at the first step that others follow.
        let (_, milliseconds, first) = try draw(world)
        // The first one, one that ends all, and one for each pause that was taken for the end: such a pause lasts a millisecond.
        #expect(first.first == 2 && first.last == 25 && first.count <= 2 + Int(milliseconds), "\(first)")
        let (meanwhile, _, committed) = try draw(world)
        #expect(committed.last == 49 && committed.count == 1 || !meanwhile.isEmpty, "\(committed)")
    }

    @Test("one at a time is committed at once")
    func single() throws {
        let world = try world(.balanced)
        for buffer in 2..<5 {
            world.guest.show(.primary, picture)
            #expect(try world.after {}.contains("picture.commit()"), "\(buffer)")
            try world.wait(nanoseconds: 20_000_000)
            _ = try world.requests()
        }
    }

    @Test("a guest that has just been attached isn't taken for one that makes many changes")
    func attached() throws {
        let world = try World.showing(picture, choose: { $0.view.latency = .balanced })
        world.guest.show(.primary, picture)
        #expect(try world.after {}.contains("picture.commit()"))
    }

    @Test("another mode takes effect on what waits")
    func another() throws {
        let world = try waiting()
        world.owner.window.use(.low)
        #expect(try world.requests().contains("picture.commit()"))
        let committed = try draw(world).committed
        #expect(committed.count == 24)
    }

    @Test("what waits and is committed earlier with something else wakes nobody up at its time")
    func earlier() throws {
        let world = try waiting()
        view(world).surroundingsChanged()
        #expect(try world.requests().contains("picture.commit()"))
        let queries = world.guest.queries
        try world.wait(nanoseconds: 30_000_000)
        #expect(world.guest.queries == queries)
    }

    @Test("pictures that are committed at once teach nothing about the compositor, however late they are shown")
    func untimed() throws {
        let world = try world(.balanced)
        world.server.behaviour.now = { EventLoop.now() + 50_000_000 }
        let lead = view(world).schedule.refreshes.lead
        for _ in 0..<5 {
            world.guest.show(.primary, picture)
            #expect(try world.after {}.contains("picture.commit()"))
            try world.wait(nanoseconds: 20_000_000)
        }
        #expect(view(world).schedule.refreshes.lead == lead)
    }

    /// The compositor shows each picture at once, and the next one then is kept back for a refresh and a half.
    @Test("to save power no more often than the screen's every second refresh")
    func power() throws {
        let world = try world(.power)
        let before = world.guest.committed.count, start = EventLoop.now()
        while EventLoop.now() < start + 1_000_000_000 {
            world.guest.show(.primary, picture)
            _ = try world.after {}
            try world.wait(nanoseconds: 2_000_000)
        }
        let rate = Double(world.guest.committed.count - before) / Double(EventLoop.now() - start) * 1e9
        #expect(rate > 5 && rate < 42, "\(rate)")
    }
}
