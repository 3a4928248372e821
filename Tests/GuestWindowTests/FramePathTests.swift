// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import GuestView
import Measurement
import Planes
import TestCompositor
import TestSupport
import Testing

@Suite("The frame path")
struct FramePathTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)
    private let cursor = ScriptedSource.Memory(width: 64, height: 64, format: .argb8888)

    @Test("a cursor that the user doesn't want is skipped, each generation once")
    func unwantedCursor() throws {
        let world = try World(cursor: .hidden)
        world.guest.show(.primary, picture)
        world.guest.show(.cursor, cursor)
        try world.open()
        _ = try world.requests()
        for _ in 0..<2 { _ = try world.after { world.guest.show(.primary, picture) } }
        #expect(world.guest.skipped.map(\.generation.rawValue) == [1])
        #expect(world.guest.skipped.map(\.kind) == [.cursor])
        _ = try world.after { world.guest.show(.cursor, cursor) }
        #expect(world.guest.skipped.map(\.generation.rawValue) == [1, 2])
    }

    @Test("a cursor beyond the picture is skipped, and committed where it comes back")
    func cursorBeyond() throws {
        let world = try World.showing(picture, cursor: cursor)
        _ = try world.after { world.guest.show(.cursor, cursor, at: PixelPoint(x: 5000, y: 0)) }
        #expect(world.guest.skipped.map(\.generation.rawValue) == [2])
        _ = try world.after { world.guest.move(.cursor, cursor, to: .zero) }
        let cursors = world.guest.committed.filter { $0.kind == .cursor }
        #expect(cursors.map(\.generation.rawValue) == [1, 2])
    }

    @Test("opening imports both planes before the configure comes, and then commits the child before its parent")
    func opening() throws {
        let world = try World()
        world.guest.show(.primary, picture)
        world.guest.show(.cursor, cursor, at: PixelPoint(x: 10, y: 20))
        try world.open()
        let requests = try world.requests()
        #expect(
            requests == [
                "compositor.create_surface(new picture)", "viewporter.get_viewport(new picture.viewport, picture)",
                "compositor.create_surface(new cursor)", "viewporter.get_viewport(new cursor.viewport, cursor)",
                "subcompositor.get_subsurface(new cursor.subsurface, cursor, picture)",
                // A cursor takes no input.
                "compositor.create_region(new region)", "cursor.set_input_region(region)", "region.destroy()",
                "wm_base.get_xdg_surface(new xdg_surface, picture)", "xdg_surface.get_toplevel(new toplevel)",
                "toplevel.set_title(\"test\")", "toplevel.set_app_id(\"oriel\")", "toplevel.set_min_size(64, 64)",
                "picture.commit()",
                // While the configure is on its way: both planes' memory is new.
                "linux_dmabuf.create_params(new params)", "params.add(fd, 0, 0, 1280, 0, 0)",
                "params.create(320, 240, XR24, 0)", "linux_dmabuf.create_params(new params)",
                "params.add(fd, 0, 0, 256, 0, 0)", "params.create(64, 64, AR24, 0)", "params.destroy()", "params.destroy()",
                // Configured and imported: the picture is staged, the cursor committed, the parent makes both visible.
                "xdg_surface.ack_configure(1)", "xdg_surface.set_window_geometry(0, 0, 320, 240)",
                "picture.viewport.set_destination(320, 240)", "compositor.create_region(new region)",
                "region.add(0, 0, 320, 240)", "picture.set_opaque_region(region)", "region.destroy()",
                "picture.attach(buffer1, 0, 0)", "picture.damage_buffer(0, 0, 320, 240)",
                "presentation.feedback(picture, new feedback)", "cursor.viewport.set_destination(64, 64)",
                "cursor.subsurface.set_position(10, 20)", "cursor.attach(buffer2, 0, 0)",
                "cursor.damage_buffer(0, 0, 64, 64)", "cursor.commit()", "picture.frame(new callback)", "picture.commit()",
            ])
    }

    @Test("a picture that comes while the configure is on its way is imported meanwhile")
    func importEarly() throws {
        let world = try World()
        try world.open()
        // Only the client acts: the compositor hasn't read anything yet.
        try world.loop.turn(waitingAtMost: 0)
        world.guest.show(.primary, picture)
        world.guest.announce()
        try world.loop.turn(waitingAtMost: 0)
        #expect(world.guest.handedOut == 1)
        #expect(try world.requests().contains("picture.attach(buffer1, 0, 0)") && world.guest.handedOut == 1)
    }

    @Test("buffers that the guest rotates are imported once each, over many generations")
    func rotation() throws {
        let world = try World.showing(picture)
        let others = [ScriptedSource.Memory(width: 320, height: 240), ScriptedSource.Memory(width: 320, height: 240)]
        let buffers = [picture] + others
        _ = try world.after { world.guest.show(.primary, others[0]) }
        _ = try world.after { world.guest.show(.primary, others[1]) }
        for turn in 0..<60 {
            let requests = try world.after { world.guest.show(.primary, buffers[turn % 3]) }
            #expect(requests == Self.frame("buffer\(turn % 3 + 1)"))
        }
        #expect(world.guest.handedOut == 3)
        #expect(world.statistics.buffers.imports == 3)
        #expect(world.statistics.frames.committed == 63)
        #expect(world.statistics.bytesCopied == 0)
    }

    /// A frame of an imported buffer, in full.
    static func frame(_ buffer: String, damage: String = "0, 0, 320, 240") -> [String] {
        [
            "picture.attach(\(buffer), 0, 0)", "picture.damage_buffer(\(damage))",
            "presentation.feedback(picture, new feedback)", "picture.frame(new callback)", "picture.commit()",
        ]
    }

    @Test("nothing at all is sent for a guest that hasn't changed")
    func unchanged() throws {
        let world = try World.showing(picture, cursor: cursor)
        for _ in 0..<10 { #expect(try world.after {} == []) }
        #expect(try world.requests() == [])
    }

    @Test("a moved cursor commits the parent alone")
    func movedCursor() throws {
        let world = try World.showing(picture, cursor: cursor)
        #expect(
            try world.after { world.guest.move(.cursor, cursor, to: PixelPoint(x: 3, y: 50)) } == [
                "cursor.subsurface.set_position(3, 50)", "picture.frame(new callback)", "picture.commit()",
            ])
        #expect(world.statistics.frames.cursorMoves == 1)
        #expect(world.statistics.frames.committed == 1)
    }

    @Test("a cursor over the picture's edge is cut off, outside it is gone, and it comes back whole")
    func cursorAtEdge() throws {
        let world = try World.showing(picture, cursor: cursor)
        #expect(
            try world.after { world.guest.move(.cursor, cursor, to: PixelPoint(x: -4, y: 50)) } == [
                "cursor.viewport.set_source(4.0, 0.0, 60.0, 64.0)", "cursor.viewport.set_destination(60, 64)",
                "cursor.commit()", "cursor.subsurface.set_position(0, 50)", "picture.frame(new callback)", "picture.commit()",
            ])
        #expect(
            try world.after { world.guest.move(.cursor, cursor, to: PixelPoint(x: -64, y: 50)) } == [
                "cursor.attach(nil, 0, 0)", "cursor.commit()", "picture.frame(new callback)", "picture.commit()",
            ])
        #expect(try world.after {} == [])
        #expect(
            try world.after { world.guest.move(.cursor, cursor, to: PixelPoint(x: 10, y: 50)) } == [
                "cursor.viewport.set_source(-1.0, -1.0, -1.0, -1.0)", "cursor.viewport.set_destination(64, 64)",
                "cursor.subsurface.set_position(10, 50)", "cursor.attach(buffer2, 0, 0)",
                "cursor.damage_buffer(0, 0, 64, 64)", "cursor.commit()", "picture.frame(new callback)", "picture.commit()",
            ])
    }

    @Test("a hidden cursor is detached: the child's commit, then the parent's; and comes back from the cache")
    func hiddenCursor() throws {
        let world = try World.showing(picture, cursor: cursor)
        #expect(
            try world.after { world.guest.turnOff(.cursor) } == [
                "cursor.attach(nil, 0, 0)", "cursor.commit()", "picture.frame(new callback)", "picture.commit()",
            ])
        #expect(try world.after {} == [])
        #expect(
            try world.after { world.guest.show(.cursor, cursor, at: PixelPoint(x: 10, y: 20)) } == [
                "cursor.attach(buffer2, 0, 0)", "cursor.damage_buffer(0, 0, 64, 64)", "cursor.commit()",
                "picture.frame(new callback)", "picture.commit()",
            ])
    }

    @Test("a picture and a moved cursor go out in one commit of the parent")
    func bothAtOnce() throws {
        let world = try World.showing(picture, cursor: cursor)
        let requests = try world.after {
            world.guest.show(.primary, picture)
            world.guest.move(.cursor, cursor, to: PixelPoint(x: 1, y: 2))
        }
        #expect(
            requests == [
                "picture.attach(buffer1, 0, 0)", "picture.damage_buffer(0, 0, 320, 240)",
                "presentation.feedback(picture, new feedback)", "cursor.subsurface.set_position(1, 2)",
                "picture.frame(new callback)", "picture.commit()",
            ])
    }

    @Test("the guest's damage goes to the compositor in the buffer's own pixels, clipped to it")
    func damage() throws {
        let world = try World.showing(picture) {
            $0.width = 640
            $0.height = 480
        }
        let inside = try world.after {
            world.guest.show(
                .primary, picture, damage: .rectangle(PixelRectangle(x: 10, y: 20, width: 30, height: 40)))
        }
        #expect(inside == Self.frame("buffer1", damage: "10, 20, 30, 40"))
        let across = try world.after {
            world.guest.show(
                .primary, picture, damage: .rectangle(PixelRectangle(x: 310, y: -5, width: 300, height: 10)))
        }
        #expect(across == Self.frame("buffer1", damage: "310, 0, 10, 5"))
    }

    @Test("the picture's alpha is ignored: its memory is imported as the opaque twin; the cursor keeps its alpha")
    func opaqueTwin() throws {
        let world = try World()
        world.guest.show(.primary, ScriptedSource.Memory(width: 320, height: 240, format: .argb8888))
        world.guest.show(.cursor, cursor)
        try world.open()
        let imports = try world.requests().filter { $0.hasPrefix("params.") }
        #expect(
            imports == [
                "params.add(fd, 0, 0, 1280, 0, 0)", "params.create(320, 240, XR24, 0)", "params.add(fd, 0, 0, 256, 0, 0)",
                "params.create(64, 64, AR24, 0)", "params.destroy()", "params.destroy()",
            ])
    }
}
