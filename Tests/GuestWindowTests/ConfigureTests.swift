// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Measurement
import Planes
@testable import GuestView
@testable import GuestWindow
@testable import Surfaces
import TestCompositor
import TestSupport
import Testing
import WaylandServer

@Suite("Configures and frame callbacks")
struct ConfigureTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)

    /// A window whose frame callbacks come with the test's refreshes; none is out.
    private func world() throws -> World {
        let world = try World.showing(picture) { $0.showsAtOnce = false }
        world.server.refresh()
        #expect(try world.requests() == [])
        return world
    }

    /// The answer to a configure of 4:3, without a new picture.
    private func resized(_ serial: Int, _ width: Int, _ height: Int) -> [String] {
        [
            "xdg_surface.ack_configure(\(serial))", "xdg_surface.set_window_geometry(0, 0, \(width), \(height))",
            "picture.viewport.set_destination(\(width), \(height))", "compositor.create_region(new region)",
            "region.add(0, 0, \(width), \(height))", "picture.set_opaque_region(region)", "region.destroy()",
            "picture.frame(new callback)", "picture.commit()",
        ]
    }

    @Test("a still guest's window answers a configure with a commit and attaches nothing")
    func still() throws {
        let world = try world()
        world.server.configure(width: 640, height: 480)
        #expect(try world.requests() == resized(2, 640, 480))
    }

    @Test("a configure that asks for nothing new is acknowledged")
    func nothingNew() throws {
        let world = try world()
        world.server.configure(width: 0, height: 0, states: [.activated])
        #expect(
            try world.requests() == ["xdg_surface.ack_configure(2)", "picture.frame(new callback)", "picture.commit()"])
    }

    @Test("of a hundred configures while a frame is in flight the last is acknowledged, in one commit with the callback")
    func storm() throws {
        let world = try world()
        #expect(try world.after { world.guest.show(.primary, picture) } == FramePathTests.frame("buffer1"))
        for step in 1...100 { world.server.configure(width: Int32(320 + 4 * step), height: Int32(240 + 3 * step)) }
        #expect(try world.requests() == [])
        world.server.refresh()
        #expect(try world.requests() == resized(101, 720, 540))
        world.server.refresh()
        #expect(try world.requests() == [])
    }

    @Test("a hundred configures to a window at rest in one turn of the loop are answered once, with the last")
    func stormAtRest() throws {
        let world = try world()
        for step in 1...100 { world.server.configure(width: Int32(320 + 4 * step), height: Int32(240 + 3 * step)) }
        #expect(try world.requests() == resized(101, 720, 540))
        world.server.refresh()
        #expect(try world.requests() == [])
    }

    @Test("a configure and a new picture share a commit")
    func together() throws {
        let world = try world()
        _ = try world.after { world.guest.show(.primary, picture) }
        world.server.configure(width: 640, height: 480)
        #expect(try world.after { world.guest.show(.primary, picture) } == [])
        world.server.refresh()
        #expect(try world.requests() == resized(2, 640, 480).dropLast(2) + FramePathTests.frame("buffer1"))
    }

    @Test("a hidden window sends nothing for a thousand changes, and then the newest alone")
    func hidden() throws {
        let world = try World.showing(picture) { $0.showsAtOnce = false }
        let other = ScriptedSource.Memory(width: 320, height: 240)
        let queries = world.guest.queries
        for turn in 0..<1000 {
            #expect(try world.after { world.guest.show(.primary, turn % 2 == 0 ? other : picture) } == [])
        }
        // Nothing was asked for that nobody would see.
        #expect(world.guest.queries == queries)
        #expect(world.guest.handedOut == 1)
        world.server.refresh()
        #expect(try world.requests() == FramePathTests.frame("buffer1"))
        #expect(world.statistics.frames.changed == 1001)
        #expect(world.statistics.frames.committed == 2)
        #expect(world.statistics.frames.superseded == 999)
        #expect(world.guest.committed.map(\.generation.rawValue) == [1, 1001])
    }

    @Test("a frame callback that got lost when the window was arranged anew keeps nothing back for more than three seconds")
    func lost() throws {
        let world = try world()
        _ = try world.after { world.guest.show(.primary, picture) }
        let late = try world.next { world.server.configure(width: 640, height: 480) }
        #expect(late.requests == resized(2, 640, 480) && late.delay >= 3_000_000_000)
        // Once: this commit's callback is awaited as ever.
        _ = try world.after { world.guest.show(.primary, picture) }
        try world.wait(nanoseconds: 3_500_000_000)
        #expect(try world.requests() == [])
        world.server.refresh()
        #expect(try world.requests() == FramePathTests.frame("buffer1"))
    }

    @Test("a window that the compositor calls suspended waits for its frame callback however long that takes")
    func suspended() throws {
        let world = try world()
        _ = try world.after { world.guest.show(.primary, picture) }
        world.server.configure(width: 320, height: 240, states: [.suspended])
        _ = try world.after { world.guest.show(.primary, picture) }
        try world.wait(nanoseconds: 3_500_000_000)
        #expect(try world.requests() == [])
    }

    /// The window's sizes in what was sent.
    private func sizes(_ requests: [String]) -> [String] {
        requests.filter { $0.hasPrefix("xdg_surface.set_window_geometry") }.map {
            String($0.dropFirst("xdg_surface.set_window_geometry(0, 0, ".count).dropLast())
        }
    }

    private func grow(_ world: World, _ width: UInt32, _ height: UInt32) throws -> [String] {
        sizes(try world.after { world.guest.show(.primary, ScriptedSource.Memory(width: width, height: height)) })
    }

    @Test("a compositor that repeats the window's own size leaves it the guest's to choose; another size is kept")
    func repeated() throws {
        let world = try World.showing(picture)
        world.server.configure(width: 320, height: 240, states: [.activated])
        _ = try world.requests()
        #expect(try grow(world, 640, 400) == ["640, 400"])
        world.server.configure(width: 640, height: 400)
        #expect(sizes(try world.requests()) == [])
        #expect(try grow(world, 320, 240) == ["320, 240"])
        world.server.configure(width: 500, height: 400)
        #expect(sizes(try world.requests()) == ["500, 400"])
        // The same again, and nothing said at all: the user has chosen.
        world.server.configure(width: 500, height: 400, states: [.activated])
        world.server.configure(width: 0, height: 0)
        #expect(sizes(try world.requests()) == [])
        #expect(try grow(world, 640, 400) == [])
    }

    @Test("a window that leaves full screen has its old size again, whatever the guest has taken meanwhile")
    func restored() throws {
        let world = try World.showing(picture)
        world.server.configure(width: 1024, height: 768, states: [.fullscreen])
        #expect(sizes(try world.requests()) == ["1024, 768"])
        #expect(try grow(world, 1024, 768) == [])
        world.server.configure(width: 0, height: 0)
        #expect(sizes(try world.requests()) == ["320, 240"])
        world.server.configure(width: 0, height: 0, states: [.activated])
        #expect(sizes(try world.requests()) == [])
    }

    @Test("a window that began in full screen gets the size that the guest had at first")
    func restoredFromStart() throws {
        let world = try World.showing(picture) { ($0.width, $0.height, $0.states) = (1024, 768, [.fullscreen]) }
        #expect(try grow(world, 1024, 768) == [])
        world.server.configure(width: 0, height: 0)
        #expect(sizes(try world.requests()) == ["320, 240"])
    }

    @Test("a window that began in full screen isn't larger afterwards than what the compositor recommends")
    func boundedFromStart() throws {
        let large = ScriptedSource.Memory(width: 2000, height: 1000)
        let world = try World.showing(large) { ($0.width, $0.height, $0.states) = (1024, 768, [.fullscreen]) }
        world.server.recommend(width: 1000, height: 700)
        world.server.configure(width: 0, height: 0)
        #expect(sizes(try world.requests()) == ["1000, 500"])
    }

    @Test("a guest that is larger than what the compositor recommends is shown smaller, in its proportions")
    func bounded() throws {
        let world = try World.showing(picture)
        world.server.recommend(width: 1000, height: 700)
        world.server.configure(width: 0, height: 0)
        _ = try world.requests()
        #expect(try grow(world, 1000, 700) == ["1000, 700"])
        #expect(try grow(world, 2000, 1000) == ["1000, 500"])
        #expect(try grow(world, 320, 240) == ["320, 240"])
    }

    @Test("a picture that is unusable doesn't keep a configure from being answered")
    func unusable() throws {
        let world = try World.showing(picture) { $0.formats.append((.xrgb8888, 7)) }
        world.server.behaviour.imports = .failed
        let tiled = ScriptedSource.Memory(width: 320, height: 240, modifier: 7)
        _ = try world.after { world.guest.show(.primary, tiled) }
        world.server.configure(width: 640, height: 480)
        #expect(try world.requests() == resized(2, 640, 480))
    }

    @Test("a guest that is off has no window; its first picture opens it")
    func offAtFirst() throws {
        let world = try World()
        try world.open()
        #expect(try world.requests().last == "picture.commit()")
        #expect(try world.after {} == [])
        let requests = try world.after { world.guest.show(.primary, picture) }
        #expect(requests.contains("xdg_surface.ack_configure(1)"))
        #expect(requests.suffix(5) == FramePathTests.frame("buffer1"))
    }
}
