// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import GuestView
import GuestWindow
import Planes
import TestCompositor
import TestSupport
import Testing

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

    /// The guest draws a picture in many steps, each of which it tells.
    ///
    /// - Returns: what the window has sent in the meantime, and the generations that were committed in the end.
    private func draw(_ world: World, steps: Int = 24) throws -> (meanwhile: [String], committed: [UInt64]) {
        let before = world.guest.committed.count
        var meanwhile: [String] = []
        for _ in 0..<steps {
            world.guest.show(.primary, picture)
            meanwhile += try world.after {}
        }
        try world.wait(nanoseconds: 60_000_000)
        return (meanwhile, world.guest.committed[before...].map(\.generation.rawValue))
    }

    @Test("with low latency each as soon as it comes")
    func low() throws {
        let world = try world(.low)
        let (_, committed) = try draw(world)
        #expect(committed == Array(2...25))
    }

    @Test("a picture that is drawn in many steps is one commit, unless nobody could know of them")
    func steps() throws {
        let world = try world(.balanced)
        // Nobody knows at the first step that others follow.
        let first = try draw(world).committed
        #expect(first.first == 2 && first.last == 25 && first.count < 8, "\(first)")
        let (meanwhile, committed) = try draw(world)
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
        let world = try world(.balanced)
        _ = try draw(world)
        world.guest.show(.primary, picture)
        world.guest.announce()
        world.owner.window.use(.low)
        #expect(try world.requests().contains("picture.commit()"))
        let (_, committed) = try draw(world)
        #expect(committed.count == 24)
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
