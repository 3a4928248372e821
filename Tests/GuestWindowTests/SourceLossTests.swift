// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Logging
import Measurement
import Planes
import TestCompositor
import TestSupport
import Testing

@testable import GuestView
@testable import GuestWindow
@testable import Surfaces

@Suite("A window that outlives its source")
struct SourceLossTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)
    private let cursor = ScriptedSource.Memory(width: 64, height: 64, format: .argb8888)
    private let gone = SourceError(.unavailable, "the guest was switched off")

    /// A window that shows both planes of a guest which has just ended.
    private func lost() throws -> World {
        let world = try World.showing(picture, cursor: cursor)
        world.owner.reconnects = true
        world.guest.end(gone)
        return world
    }

    private func attach(_ source: ScriptedSource, to world: World) throws -> [String] {
        world.owner.attach(source, input: nil)
        return try world.requests()
    }

    private func importing(_ width: Int, _ height: Int, _ format: String) -> [String] {
        [
            "linux_dmabuf.create_params(new params)", "params.add(fd, 0, 0, \(width * 4), 0, 0)",
            "params.create(\(width), \(height), \(format), 0)",
        ]
    }

    @Test("the end of the source sends nothing: its last picture stays, its descriptors are kept for it, and the window lives")
    func kept() throws {
        let world = try lost()
        #expect(try world.requests() == [])
        #expect(world.guest.isClosed && world.endings.isEmpty)
        #expect(world.server.liveBuffers == 2)
        #expect([picture.descriptorsGivenAway, cursor.descriptorsGivenAway] == [1, 1])
        guard case .lost(let error) = world.window.presence else { return #expect(Bool(false)) }
        #expect(error.message == gone.message)
        // What the dead one still says is heard by nobody.
        #expect(try world.after { world.guest.show(.primary, picture) } == [])
        world.owner.close()
        try world.settle()
        #expect([picture.descriptorsGivenAway, cursor.descriptorsGivenAway] == [0, 0])
    }

    @Test(
        "the new one's picture is imported anew even where number, memory and generation are the old one's, and then the old go")
    func identities() throws {
        let world = try lost()
        _ = try world.requests()
        let next = ScriptedSource()
        next.show(.primary, picture)
        next.show(.cursor, cursor, at: PixelPoint(x: 10, y: 20))
        let requests = try attach(next, to: world)
        #expect(
            requests == importing(320, 240, "XR24") + importing(64, 64, "AR24") + [
                "params.destroy()", "params.destroy()", "picture.attach(buffer3, 0, 0)",
                "picture.damage_buffer(0, 0, 320, 240)", "presentation.feedback(picture, new feedback)",
                "cursor.attach(buffer4, 0, 0)", "cursor.damage_buffer(0, 0, 64, 64)", "cursor.commit()",
                "picture.frame(new callback)", "picture.commit()", "buffer1.destroy()", "buffer2.destroy()",
            ], "\(requests)")
        #expect(world.server.liveBuffers == 2)
        #expect([picture.descriptorsGivenAway, cursor.descriptorsGivenAway] == [1, 1])
        let statistics = world.statistics
        #expect(statistics.reconnects == 1 && statistics.frames.committed == 2 && statistics.frames.superseded == 0)
        #expect(statistics.buffers.imports == 4 && statistics.buffers.live == 2)
        // It is the source now, in every respect.
        next.show(.primary, picture)
        next.announce()
        #expect(try world.requests() == FramePathTests.frame("buffer3"))
        next.end(gone)
        #expect(try world.requests() == [])
        #expect(next.isClosed && world.endings.isEmpty)
    }

    @Test("a window that has lost its source answers a configure with the picture that it holds")
    func configured() throws {
        let world = try lost()
        world.server.configure(width: 640, height: 480)
        #expect(
            try world.requests() == [
                "xdg_surface.ack_configure(2)", "xdg_surface.set_window_geometry(0, 0, 640, 480)",
                "picture.viewport.set_destination(640, 480)", "compositor.create_region(new region)",
                "region.add(0, 0, 640, 480)", "picture.set_opaque_region(region)", "region.destroy()",
                "picture.frame(new callback)", "picture.commit()",
            ])
    }

    @Test("a new guest whose display is off is dark after a moment, and its cursor gone at once")
    func off() throws {
        let world = try lost()
        let next = ScriptedSource()
        #expect(
            try attach(next, to: world) == [
                "cursor.attach(nil, 0, 0)", "cursor.commit()", "picture.frame(new callback)", "picture.commit()",
                "buffer2.destroy()",
            ])
        try world.wait(nanoseconds: 700_000_000)
        let requests = try world.requests()
        #expect(requests.contains("picture.attach(black, 0, 0)") && requests.last == "buffer1.destroy()", "\(requests)")
        // The black one and the notice's.
        #expect(world.server.liveBuffers == 2)
        next.show(.primary, picture)
        next.announce()
        #expect(try world.requests().contains("picture.attach(buffer4, 0, 0)"))
    }

    @Test("a loss in the middle of an import, and many losses, leave nothing behind")
    func whileImporting() throws {
        let world = try World { $0.imports = .later }
        world.guest.show(.primary, picture)
        try world.open()
        world.owner.reconnects = true
        try world.settle()
        #expect(picture.descriptorsGivenAway == 1)
        world.guest.end(gone)
        try world.settle()
        #expect(picture.descriptorsGivenAway == 0)
        world.server.behaviour.imports = .created
        for _ in 0..<20 {
            let next = ScriptedSource()
            next.show(.primary, picture)
            #expect(try attach(next, to: world).contains { $0.hasPrefix("picture.attach(") })
            next.end(gone)
            try world.settle()
        }
        #expect(picture.descriptorsGivenAway == 1 && world.server.liveBuffers == 1)
        #expect(world.statistics.reconnects == 20)
    }

    @Test("a window whose source is awaited is there before it, and counts no reconnection")
    func awaited() throws {
        let world = try World()
        try world.open(isAwaited: true)
        let opening = try world.requests()
        #expect(opening.contains("toplevel.set_title(\"test\")") && !opening.contains { $0.contains("attach") })
        guard case .awaited = world.window.presence else { return #expect(Bool(false)) }
        world.guest.show(.primary, picture)
        world.window.name = "guest"
        let requests = try attach(world.guest, to: world)
        #expect(requests.first == "toplevel.set_title(\"guest\")")
        #expect(requests.contains("picture.attach(buffer1, 0, 0)") && requests.last == "picture.commit()")
        #expect(world.statistics.reconnects == 0)
        // Nobody looks for another: its end is the window's.
        world.guest.end(gone)
        try world.settle()
        #expect(world.endings.count == 1)
    }

    @Test("what sources count is added up, each once, and a polled one is followed by one that tells")
    func counts() throws {
        let world = try World(isPolled: true)
        world.guest.show(.primary, picture)
        world.guest.counts = SourceCounts(bytesCopied: 100, staleAnswers: 3, lost: 4)
        try world.open()
        try world.settle()
        world.owner.reconnects = true
        world.guest.end(gone)
        let next = ScriptedSource()
        next.counts = SourceCounts(bytesCopied: 7, staleAnswers: 2, lost: 5)
        next.show(.primary, picture)
        _ = try attach(next, to: world)
        #expect(world.statistics.bytesCopied == 107)
        #expect(world.statistics.frames.stale == 5 && world.statistics.frames.lost == 9)
        let queries = next.queries
        try world.wait(nanoseconds: 100_000_000)
        #expect(next.queries == queries)
    }
}
