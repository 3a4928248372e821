// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Planes
import TestCompositor
import TestSupport
import Testing
import WaylandServer

@testable import GuestView
@testable import GuestWindow
@testable import Surfaces

@Suite("Title bar and borders")
struct DecorationTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)
    private static let left: UInt32 = 0x110, right: UInt32 = 0x111

    private func world(
        _ mode: DecorationMode = .auto, _ behave: (inout Behaviour) -> Void = { _ in }
    ) throws -> World {
        try World.showing(picture, behave) { $0.decorations = mode }
    }

    /// What draws them around a picture of 320x240 in a window with the focus, the title bar being this buffer.
    private static func drawn(as buffer: Int) -> [String] {
        let bar = [
            "shm.create_pool(new pool, fd, 36736)", "pool.create_buffer(new buffer\(buffer), 0, 328, 28, 1312, 0)",
            "pool.destroy()", "title.attach(buffer\(buffer), 0, 0)", "title.damage_buffer(0, 0, 328, 28)",
        ]
        let borders = ["left", "right", "bottom"].flatMap { name in
            [
                "single_pixel.create_u32_rgba_buffer(new pixel, \(0x2828_2828), \(0x3030_3030), \(0x4040_4040), \(UInt32.max))",
                "\(name).attach(pixel, 0, 0)", "\(name).damage_buffer(0, 0, 1, 1)",
            ]
        }
        return bar + borders + ["title.commit()", "left.commit()", "right.commit()", "bottom.commit()"]
    }

    @Test("where the compositor leaves them to us they are four children, drawn once; a frame is what it was")
    func opening() throws {
        let world = try World { _ in
        } choose: {
            $0.decorations = .auto
        }
        world.guest.show(.primary, picture)
        try world.open()
        let requests = try world.requests()
        #expect(requests.filter { $0.hasPrefix("toplevel.set_min_size") } == ["toplevel.set_min_size(120, 96)"])
        let parts = requests.filter { request in ["title.", "left.", "right.", "bottom."].contains { request.hasPrefix($0) } }
        #expect(
            parts == [
                "title.subsurface.set_position(-4, -28)", "title.viewport.set_destination(328, 28)",
                "title.attach(buffer2, 0, 0)", "title.damage_buffer(0, 0, 328, 28)",
                "left.subsurface.set_position(-4, 0)", "left.viewport.set_destination(4, 240)",
                "left.attach(pixel, 0, 0)", "left.damage_buffer(0, 0, 1, 1)",
                "right.subsurface.set_position(320, 0)", "right.viewport.set_destination(4, 240)",
                "right.attach(pixel, 0, 0)", "right.damage_buffer(0, 0, 1, 1)",
                "bottom.subsurface.set_position(-4, 240)", "bottom.viewport.set_destination(328, 4)",
                "bottom.attach(pixel, 0, 0)", "bottom.damage_buffer(0, 0, 1, 1)", "title.commit()", "left.commit()",
                "right.commit()", "bottom.commit()",
            ])
        #expect(requests.contains("xdg_surface.set_window_geometry(-4, -28, 328, 272)"))
        #expect(requests.suffix(FramePathTests.frame("buffer1").count) == FramePathTests.frame("buffer1")[...])
        #expect(try world.after { world.guest.show(.primary, picture) } == FramePathTests.frame("buffer1"))
    }

    @Test("the focus draws them anew, and nothing else of the window")
    func focus() throws {
        let world = try world()
        world.server.configure(width: 0, height: 0, states: [.activated])
        #expect(
            try world.requests() == ["xdg_surface.ack_configure(2)"] + Self.drawn(as: 3)
                + ["picture.frame(new callback)", "picture.commit()"])
    }

    @Test("a configured size is the whole window's: the picture has what is left")
    func resized() throws {
        let world = try world()
        world.server.configure(width: 648, height: 512)
        let requests = try world.requests()
        #expect(
            requests == [
                "xdg_surface.ack_configure(2)", "title.viewport.set_destination(648, 28)",
                "shm.create_pool(new pool, fd, 72576)", "pool.create_buffer(new buffer3, 0, 648, 28, 2592, 0)",
                "pool.destroy()", "title.attach(buffer3, 0, 0)", "title.damage_buffer(0, 0, 648, 28)",
                "left.viewport.set_destination(4, 480)", "right.subsurface.set_position(640, 0)",
                "right.viewport.set_destination(4, 480)", "bottom.subsurface.set_position(-4, 480)",
                "bottom.viewport.set_destination(648, 4)", "title.commit()", "left.commit()", "right.commit()",
                "bottom.commit()", "xdg_surface.set_window_geometry(-4, -28, 648, 512)",
                "picture.viewport.set_destination(640, 480)", "compositor.create_region(new region)",
                "region.add(0, 0, 640, 480)", "picture.set_opaque_region(region)", "region.destroy()",
                "picture.frame(new callback)", "picture.commit()",
            ])
    }

    @Test("a maximised window has a title bar alone, and a full-screen one nothing; both come back")
    func states() throws {
        let world = try world()
        world.server.configure(width: 640, height: 508, states: [.maximized])
        let maximised = try world.requests()
        #expect(maximised.contains("title.subsurface.set_position(0, -28)"))
        #expect(maximised.filter { $0.contains("attach(nil") } == ["left", "right", "bottom"].map { "\($0).attach(nil, 0, 0)" })
        #expect(maximised.contains("xdg_surface.set_window_geometry(0, -28, 640, 508)"))
        world.server.configure(width: 640, height: 480, states: [.fullscreen])
        #expect(
            try world.requests() == [
                "idle_inhibit_manager.create_inhibitor(new idle_inhibitor, picture)", "xdg_surface.ack_configure(3)",
                "title.attach(nil, 0, 0)", "title.commit()",
                "xdg_surface.set_window_geometry(0, 0, 640, 480)", "picture.frame(new callback)", "picture.commit()",
            ])
        world.server.configure(width: 328, height: 272)
        let back = try world.requests()
        #expect(back.count { $0.contains(".attach(buffer") || $0.contains(".attach(pixel") } == 4)
        #expect(back.contains("xdg_surface.set_window_geometry(-4, -28, 328, 272)"))
    }

    @Test(
        "who draws them is the compositor's choice unless the user makes it",
        arguments: [
            (.auto, nil, nil, true), (.auto, .serverSide, 2, false), (.auto, .clientSide, 2, true), (.server, nil, nil, false),
            (.server, .clientSide, 2, false), (.client, .serverSide, 1, true), (.client, nil, nil, true),
            (.none, nil, nil, false), (.none, .serverSide, 1, false),
        ] as [(DecorationMode, ZxdgToplevelDecorationV1Resource.Mode?, Int?, Bool)])
    func chosen(mode: DecorationMode, compositor: ZxdgToplevelDecorationV1Resource.Mode?, asked: Int?, ours: Bool) throws {
        let world = try World {
            $0.decorates = compositor
        } choose: {
            $0.decorations = mode
        }
        world.guest.show(.primary, picture)
        try world.open()
        let requests = try world.requests()
        #expect(
            requests.filter { $0.contains("set_mode") } == (asked.map { ["zxdg_toplevel_decoration.set_mode(\($0))"] } ?? []))
        #expect(requests.contains("title.commit()") == ours)
        #expect(world.log.warnings.count == (mode == .server && compositor == nil ? 1 : 0), "\(world.log.warnings)")
    }

    @Test("without subsurfaces or a viewport there are none", arguments: ["wl_subcompositor", "wp_viewporter"])
    func lacking(interface: String) throws {
        let world = try World {
            $0.missing = [interface]
        } choose: {
            $0.decorations = .auto
        }
        world.guest.show(.primary, picture)
        try world.open()
        #expect(try world.requests().contains("xdg_surface.set_window_geometry(0, 0, 320, 240)"))
        #expect(world.log.lines.contains { $0.contains("draws no title bar") })
    }

    /// What comes of a press at a place and of letting go there or elsewhere; serials are left out. The time is in milliseconds.
    private func click(
        _ world: World, _ part: String, _ x: Double, _ y: Double, _ button: UInt32 = left, releaseAt: (Double, Double)? = nil,
        at time: UInt32 = 0
    ) throws -> [String] {
        world.server.movePointer(onto: part, x: x, y: y)
        world.server.press(button: button, isDown: true, time: time)
        if let releaseAt { world.server.movePointer(onto: part, x: releaseAt.0, y: releaseAt.1) }
        world.server.press(button: button, isDown: false, time: time)
        return try world.requests().filter { $0.hasPrefix("toplevel.") }.map { $0.replacing(#/, \d{1,3}(, \d+)?\)/#, with: ")") }
    }

    @Test("the title moves the window, and a second press within 400 ms of the first maximises it")
    func title() throws {
        let world = try world()
        func press(at time: UInt32) throws -> [String] { try click(world, "title", 100, 14, at: time) }
        #expect(try press(at: 1000) == ["toplevel.move(seat)"])
        #expect(try press(at: 1399) == ["toplevel.set_maximized()"])
        // The third press of a row is a first one again.
        #expect(try press(at: 1500) == ["toplevel.move(seat)"])
        #expect(try press(at: 1900) == ["toplevel.move(seat)"])
        world.server.configure(width: 640, height: 508, states: [.maximized])
        // The compositor's time wraps.
        #expect(try press(at: .max - 100) == ["toplevel.move(seat)"])
        #expect(try press(at: 200) == ["toplevel.unset_maximized()"])
    }

    @Test("two presses by two users are no double press")
    func twoUsers() throws {
        let world = try world()
        #expect(try click(world, "title", 100, 14, at: 1000) == ["toplevel.move(seat)"])
        world.server.remove("wl_seat")
        world.server.addSeat()
        for _ in 0..<3 { _ = try world.requests() }
        #expect(try click(world, "title", 100, 14, at: 1100) == ["toplevel.move(seat)"])
    }

    @Test("each finger has a press of its own, which ends when the finger is lifted or the compositor takes it")
    func fingers() throws {
        let world = try world { $0.devices = [.pointer, .touch] }
        world.server.putFinger(1, onto: "title", x: 310, y: 14)
        world.server.putFinger(2, onto: "title", x: 280, y: 14)
        world.server.moveFinger(2, x: 100, y: 14)
        world.server.liftFinger(2)
        #expect(try world.requests().filter { $0.hasPrefix("toplevel.") } == [])
        world.server.takeFingers()
        world.server.putFinger(1, onto: "title", x: 100, y: 14)
        world.server.moveFinger(1, x: 310, y: 14)
        world.server.liftFinger(1)
        #expect(try world.requests().filter { $0.hasPrefix("toplevel.") }.count == 1)
        #expect(world.endings.isEmpty)
        world.server.putFinger(1, onto: "title", x: 310, y: 14)
        world.server.putFinger(2, onto: "title", x: 250, y: 14)
        world.server.moveFinger(2, x: 20, y: 14)
        world.server.liftFinger(1)
        _ = try world.requests()
        #expect(world.endings.count == 1)
    }

    @Test("a title is cut to what a message has room for, at the end of a character")
    func longTitle() throws {
        let world = try world()
        world.window.name = "x" + String(repeating: "é", count: 1 << 20)
        let requests = try world.after { world.guest.show(.primary, picture) }
        #expect(requests.first == "toplevel.set_title(\"x\(String(repeating: "é", count: 511))\")")
        #expect(requests.contains("title.commit()"))
        #expect(world.endings.isEmpty)
    }

    @Test("a window that is configured as large as a number can be may still be decorated by us")
    func enormous() throws {
        let world = try world(.auto) { $0.decorates = .serverSide }
        world.server.recommend(width: .max, height: .max)
        world.server.configure(width: .max, height: .max)
        #expect(try world.requests().contains("xdg_surface.set_window_geometry(0, 0, 65535, 65535)"))
        world.server.decorate(.clientSide)
        _ = try world.requests()
        let decorated = try world.after { world.guest.show(.primary, picture) }
        #expect(decorated.contains("xdg_surface.set_window_geometry(-4, -28, 65543, 65567)"))
        world.server.configure(width: .max, height: .max, states: [.activated])
        #expect(try world.requests().contains("xdg_surface.set_window_geometry(-4, -28, 65535, 65535)"))
        #expect(world.endings.isEmpty)
    }

    @Test("a request shows the press that it comes of, and a menu is where the pointer is on the picture's surface")
    func serials() throws {
        let world = try world()
        world.server.movePointer(onto: "title", x: 100, y: 14)
        _ = try world.requests()
        let press = world.server.press(button: Self.left, isDown: true)
        #expect(try world.requests() == ["toplevel.move(seat, \(press))"])
        world.server.press(button: Self.left, isDown: false)
        let menu = world.server.press(button: Self.right, isDown: true)
        #expect(try world.requests() == ["toplevel.show_window_menu(seat, \(menu), 96, -14)"])
        world.server.movePointer(onto: "bottom", x: 0, y: 1)
        _ = try world.requests()
        let edge = world.server.press(button: Self.left, isDown: true)
        #expect(try world.requests() == ["toplevel.resize(seat, \(edge), 6)"])
    }

    @Test("the pointer says what a press would do, once for each place that is for something else")
    func looks() throws {
        let world = try world()
        world.server.movePointer(onto: "title", x: 100, y: 14)
        #expect(
            try world.requests().map(withoutPointerSerial) == [
                "cursor_shape_manager.get_pointer(new cursor_shape_device, pointer)", "cursor_shape_device.set_shape(1)",
            ])
        // The title's end, a button, the upper edge.
        for (x, y, shape) in [(150, 20, nil), (310, 14, 4), (312, 15, nil), (100, 1, 19)] as [(Double, Double, Int?)] {
            world.server.movePointer(x: x, y: y)
            #expect(
                try world.requests().map(withoutPointerSerial)
                    == (shape.map { ["cursor_shape_device.set_shape(\($0))"] } ?? []))
        }
        world.server.movePointer(onto: "bottom", x: 0, y: 1)
        #expect(try world.requests().map(withoutPointerSerial) == ["cursor_shape_device.set_shape(24)"])
    }

    @Test("a button acts when it's let go of, and not beside it")
    func buttons() throws {
        let world = try world()
        #expect(try click(world, "title", 250, 14) == ["toplevel.set_minimized()"])
        #expect(try click(world, "title", 220, 14) == ["toplevel.set_fullscreen(nil)"])
        #expect(try click(world, "title", 280, 14) == ["toplevel.set_maximized()"])
        #expect(try click(world, "title", 310, 14, releaseAt: (100, 14)) == [])
        #expect(try click(world, "title", 310, 14, Self.right) == [])
        #expect(world.endings.isEmpty)
        _ = try click(world, "title", 310, 14)
        #expect(world.endings.count == 1)
    }

    @Test("the title bar says how to leave a grab, and no longer once it's left; a still guest's too")
    func hint() throws {
        let world = try World.showing(picture, sink: ScriptedSink()) { _ in
        } choose: {
            $0.decorations = .auto
        }
        world.window.inputHintDidChange()
        #expect(try world.requests() == ["toplevel.set_title(\"test\")"], "nothing is drawn that looks as before")
        world.server.enterKeyboard()
        for isDown in [true, false] {
            for name in ["leftctrl", "leftalt", "g"] { world.server.press(key(name), isDown: isDown) }
        }
        let requests = try world.requests()
        #expect(requests.contains("title.attach(buffer3, 0, 0)"))
        #expect(requests.filter { $0.hasPrefix("left.") || $0.hasPrefix("bottom.") } == [])
        #expect(requests.last == "picture.commit()")
    }

    @Test("a title bar that the compositor holds for long is drawn again beside it, and its memory goes when it is given back")
    func held() throws {
        let world = try world()
        for turn in 0..<5 {
            world.server.configure(width: 0, height: 0, states: turn % 2 == 0 ? [.activated] : [])
            _ = try world.requests()
        }
        // What was replaced last may still be on its way back.
        #expect(world.server.liveBuffers <= 1 + 8)
    }

    @Test("a compositor that gives no title bar back gets four more; then the last one stays until it does")
    func withheld() throws {
        let world = try world(.auto) { $0.releases = .late(commits: 1000) }
        for turn in 0..<20 {
            world.server.configure(width: 0, height: 0, states: turn % 2 == 0 ? [.activated] : [])
            _ = try world.requests()
        }
        // The picture's, and four parts drawn five times.
        #expect(world.server.liveBuffers == 1 + 20)
        #expect(world.log.warnings.first?.hasPrefix("the title bar can't be drawn: ") == true, "\(world.log.warnings)")
        // Its place and size are those of the window all the same.
        world.server.configure(width: 648, height: 512)
        let resized = try world.requests()
        #expect(resized.contains("title.viewport.set_destination(648, 28)") && resized.contains("title.commit()"))
        #expect(resized.contains("right.subsurface.set_position(640, 0)") && resized.contains("right.commit()"))
        for part in ["title", "left", "right", "bottom"] { world.server.surface(part)?.releaseReplaced() }
        _ = try world.requests()
        let redrawn = try world.after { world.guest.show(.primary, picture) }
        #expect(redrawn.contains("title.damage_buffer(0, 0, 648, 28)"), "\(redrawn)")
        let frame = try world.after { world.guest.show(.primary, picture) }
        #expect(!frame.contains { $0.hasPrefix("title.") })
    }
}
