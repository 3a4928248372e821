// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import GuestInput
import Planes
@testable import GuestView
@testable import GuestWindow
@testable import Surfaces
import TestCompositor
import TestSupport
import Testing
import WaylandServer

@Suite("Bars, darkness and what a compositor may lack")
struct PlacementOnWireTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)
    private let cursor = ScriptedSource.Memory(width: 64, height: 64, format: .argb8888)

    /// A frame of a picture beside bars.
    private static func framed(_ buffer: String) -> [String] {
        [
            "inset.attach(\(buffer), 0, 0)", "inset.damage_buffer(0, 0, 320, 240)",
            "presentation.feedback(inset, new feedback)", "picture.frame(new callback)", "inset.commit()", "picture.commit()",
        ]
    }

    @Test(
        "beside bars the window is one black pixel and the picture a child over it, below the cursor", arguments: [false, true])
    func bars(isFullscreen: Bool) throws {
        let states: [XdgToplevelResource.State] = isFullscreen ? [.fullscreen] : []
        let world = try World.showing(picture)
        world.server.configure(width: 640, height: 240, states: states)
        let wide = try world.requests()
        let lit = isFullscreen ? ["idle_inhibit_manager.create_inhibitor(new idle_inhibitor, picture)"] : []
        #expect(
            wide == lit + [
                "xdg_surface.ack_configure(2)", "single_pixel.create_u32_rgba_buffer(new black, 0, 0, 0, 4294967295)",
                "compositor.create_surface(new inset)",
                "viewporter.get_viewport(new inset.viewport, inset)",
                "subcompositor.get_subsurface(new inset.subsurface, inset, picture)",
                "compositor.create_region(new region)", "inset.set_input_region(region)", "region.destroy()",
                "inset.subsurface.place_below(cursor)",
                "picture.attach(black, 0, 0)", "picture.damage_buffer(0, 0, 1, 1)", "inset.subsurface.set_position(160, 0)",
                "picture.viewport.set_destination(640, 240)", "compositor.create_region(new region)",
                "region.add(0, 0, 640, 240)", "picture.set_opaque_region(region)", "region.destroy()",
                "xdg_surface.set_window_geometry(0, 0, 640, 240)",
                "inset.viewport.set_destination(320, 240)", "compositor.create_region(new region)",
                "region.add(0, 0, 320, 240)", "inset.set_opaque_region(region)", "region.destroy()",
                "picture.frame(new callback)", "inset.attach(buffer1, 0, 0)",
                "inset.damage_buffer(0, 0, 2147483647, 2147483647)", "inset.commit()", "picture.commit()",
            ])
        // As long as the window keeps its size the bars cost a frame one commit.
        #expect(try world.after { world.guest.show(.primary, picture) } == Self.framed("buffer1"))
        world.server.configure(width: 640, height: 480, states: states)
        let exact = try world.requests()
        #expect(
            exact == [
                "xdg_surface.ack_configure(3)", "inset.attach(nil, 0, 0)", "inset.commit()",
                "xdg_surface.set_window_geometry(0, 0, 640, 480)",
                "picture.viewport.set_destination(640, 480)", "compositor.create_region(new region)",
                "region.add(0, 0, 640, 480)", "picture.set_opaque_region(region)", "region.destroy()",
                "picture.frame(new callback)", "picture.attach(buffer1, 0, 0)",
                "picture.damage_buffer(0, 0, 2147483647, 2147483647)", "picture.commit()",
            ])
    }

    @Test("a picture that was released and is attached again for bars is committed again: its guest waits for the second release")
    func committedAgain() throws {
        let world = try World.showing(picture) { $0.releases = .atOnce }
        #expect(world.guest.committed.count == 1 && world.guest.released.count == 1)
        world.server.behaviour.releases = .never
        world.server.configure(width: 640, height: 240)
        #expect(try world.requests().contains("inset.attach(buffer1, 0, 0)"))
        #expect(world.guest.committed.map(\.generation.rawValue) == [1, 1])
        #expect(world.guest.released.count == 1)
        world.server.surface("inset")!.releaseCurrent()
        try world.settle()
        #expect(world.guest.released.map(\.identity) == [picture.identity, picture.identity])
    }

    @Test("a new picture that brings the bars with it is attached once, and a cursor stays where the picture is")
    func barsWithPicture() throws {
        let world = try World.showing(picture, cursor: cursor) {
            $0.width = 320
            $0.height = 240
        }
        let narrow = ScriptedSource.Memory(width: 160, height: 240)
        let requests = try world.after { world.guest.show(.primary, narrow) }
        #expect(requests.filter { $0.contains("attach") } == ["picture.attach(black, 0, 0)", "inset.attach(buffer3, 0, 0)"])
        #expect(requests.contains("inset.subsurface.set_position(80, 0)"))
        #expect(requests.contains("cursor.subsurface.set_position(90, 20)"))
        let wide = try world.after { world.guest.show(.primary, picture) }
        #expect(wide.filter { $0.contains("attach") } == ["inset.attach(nil, 0, 0)", "picture.attach(buffer1, 0, 0)"])
        #expect(wide.contains("cursor.subsurface.set_position(10, 20)"))
    }

    @Test("where bars can't be drawn the compositor makes them in full screen: the window is as large as the picture")
    func fullscreen() throws {
        let world = try World.showing(picture) { $0.missing = ["wl_subcompositor"] }
        world.server.configure(width: 640, height: 240, states: [.fullscreen])
        #expect(
            try world.requests() == [
                "idle_inhibit_manager.create_inhibitor(new idle_inhibitor, picture)", "xdg_surface.ack_configure(2)",
                "picture.frame(new callback)", "picture.commit()",
            ])
        world.server.configure(width: 640, height: 480, states: [.fullscreen])
        #expect(
            try world.requests() == [
                "xdg_surface.ack_configure(3)", "xdg_surface.set_window_geometry(0, 0, 640, 480)",
                "picture.viewport.set_destination(640, 480)", "compositor.create_region(new region)",
                "region.add(0, 0, 640, 480)", "picture.set_opaque_region(region)", "region.destroy()",
                "picture.frame(new callback)", "picture.commit()",
            ])
    }

    @Test("a display that stays off turns black after a while; one that comes back in time doesn't flicker")
    func darkness() throws {
        let world = try World.showing(picture)
        #expect(try world.after { world.guest.turnOff(.primary) } == [])
        #expect(try world.after { world.guest.show(.primary, picture) } == FramePathTests.frame("buffer1"))
        try world.wait(nanoseconds: 700_000_000)
        #expect(try world.requests() == [])
        _ = try world.after { world.guest.turnOff(.primary) }
        try world.wait(nanoseconds: 700_000_000)
        // NoticeTests have what is said over it.
        let dark = try world.requests().filter { $0.hasPrefix("single_pixel.") || $0.hasPrefix("picture.") }
        #expect(
            dark == [
                "single_pixel.create_u32_rgba_buffer(new black, 0, 0, 0, 4294967295)", "picture.attach(black, 0, 0)",
                "picture.damage_buffer(0, 0, 1, 1)", "picture.commit()",
            ])
        // Only what changed since the last picture is the guest's damage; but the darkness covers all of it.
        let back = try world.after {
            world.guest.show(.primary, picture, damage: .rectangle(PixelRectangle(x: 0, y: 0, width: 1, height: 1)))
        }
        #expect(back == Self.withoutNotice + FramePathTests.frame("buffer1"))
    }

    private static let withoutNotice = ["notice.attach(nil, 0, 0)", "notice.commit()"]

    @Test("a dark window in native scale takes a configure without the guest's crop, and the crop with the picture")
    func darkResize() throws {
        let world = try World.showing(picture, scale: .native)
        _ = try world.after { world.guest.turnOff(.primary) }
        try world.wait(nanoseconds: 700_000_000)
        _ = try world.requests()
        world.server.configure(width: 200, height: 100)
        let dark = try world.requests().filter { request in
            !["notice.", "shm.", "pool."].contains { request.hasPrefix($0) }
        }
        #expect(
            dark == [
                "xdg_surface.ack_configure(2)", "xdg_surface.set_window_geometry(0, 0, 200, 100)",
                "picture.viewport.set_destination(200, 100)", "compositor.create_region(new region)",
                "region.add(0, 0, 200, 100)", "picture.set_opaque_region(region)", "region.destroy()",
                "picture.frame(new callback)", "picture.commit()",
            ])
        let back = try world.after { world.guest.show(.primary, picture) }
        let cropped = ["picture.viewport.set_source(60.0, 70.0, 200.0, 100.0)"] + FramePathTests.frame("buffer1")
        #expect(back == Self.withoutNotice + cropped)
    }

    @Test("a crop left from a larger picture is taken back before a smaller one is attached")
    func crop() throws {
        let world = try World.showing(picture, scale: .native) {
            $0.width = 200
            $0.height = 100
        }
        let small = ScriptedSource.Memory(width: 200, height: 100)
        let requests = try world.after { world.guest.show(.primary, small) }
        #expect(
            requests.dropFirst(4) == [
                "picture.viewport.set_source(-1.0, -1.0, -1.0, -1.0)", "picture.attach(buffer2, 0, 0)",
                "picture.damage_buffer(0, 0, 200, 100)", "presentation.feedback(picture, new feedback)",
                "picture.frame(new callback)", "picture.commit()",
            ])
    }

    @Test(
        "a window lives without any one of these globals, and never speaks of it",
        arguments: [
            "wp_viewporter", "wl_subcompositor", "wp_presentation", "wp_single_pixel_buffer_manager_v1", "zwp_linux_dmabuf_v1",
        ])
    func without(_ interface: String) throws {
        let world = try World {
            $0.missing = [interface]
            $0.width = 640
            $0.height = 240
        }
        world.guest.show(.primary, picture)
        world.guest.show(.cursor, cursor, at: PixelPoint(x: 1, y: 1))
        try world.open()
        let opening = try world.requests()
        let words = ["wp_viewporter": "viewport", "wl_subcompositor": "subsurface", "wp_presentation": "feedback"]
        #expect(opening.filter { $0.contains(words[interface] ?? "inset") && words[interface] != nil } == [])
        // Bars need both.
        let isFramed = !["wp_viewporter", "wl_subcompositor"].contains(interface)
        let whole = isFramed ? Self.framed("buffer1") : FramePathTests.frame("buffer1")
        let frame = try world.after { world.guest.show(.primary, picture) }
        #expect(frame == whole.filter { interface != "wp_presentation" || !$0.contains("feedback") })
        // The display goes off: black where it can be had, the last picture otherwise.
        _ = try world.after { world.guest.turnOff(.primary) }
        try world.wait(nanoseconds: 700_000_000)
        let dark = try world.requests()
        // Memory of our own serves as well as the compositor's.
        let isOurs = ["wp_single_pixel_buffer_manager_v1", "wp_viewporter"].contains(interface)
        #expect(dark.contains("\(isFramed ? "inset" : "picture").attach(\(isOurs ? "buffer3" : "black"), 0, 0)"), "\(dark)")
        #expect(world.endings.isEmpty)
    }

    @Test(
        "without wp_viewporter the picture is in the middle of a black window, one to one, and what is larger is cut off",
        arguments: [(PixelSize(width: 320, height: 240), "160, 60"), (PixelSize(width: 800, height: 400), "-80, -20")])
    func unscaled(size: PixelSize, place: String) throws {
        let world = try World {
            $0.missing = ["wp_viewporter", "wp_single_pixel_buffer_manager_v1"]
            ($0.width, $0.height, $0.states) = (640, 360, [.fullscreen])
        } choose: {
            $0.isFullscreen = true
        }
        world.guest.show(.primary, ScriptedSource.Memory(width: size.width, height: size.height))
        try world.open()
        let requests = try world.requests()
        #expect(requests.contains("toplevel.set_fullscreen(nil)") && requests.contains("inset.subsurface.set_position(\(place))"))
        #expect(requests.contains("picture.damage_buffer(0, 0, 640, 360)"), "\(requests)")
        // Turned by half, so that no compositor scans it out without its children.
        #expect(requests.contains("picture.set_buffer_transform(6)"), "\(requests.filter { $0.contains("transform") })")
        #expect(requests.contains { $0.hasPrefix("inset.attach(") } && !requests.contains { $0.contains("viewport") })
        #expect(requests.contains("xdg_surface.set_window_geometry(0, 0, 640, 360)"))
        // The pointer is where the guest's pixel is.
        let pixel = try #require(world.window.pointerMapping).pixel(atX: 320, y: 180)
        #expect(pixel == PixelPoint(x: Int32(size.width / 2), y: Int32(size.height / 2)))
        // The window grows, and its black with it; the picture stays in the middle.
        world.server.configure(width: 900, height: 500, states: [.fullscreen])
        let grown = try world.requests()
        #expect(grown.contains("picture.damage_buffer(0, 0, 900, 500)"), "\(grown)")
        // A guest of exactly this size needs neither.
        let whole = try world.after { world.guest.show(.primary, ScriptedSource.Memory(width: 900, height: 500)) }
        #expect(whole.contains { $0.hasPrefix("picture.attach(") } && whole.contains("inset.attach(nil, 0, 0)"), "\(whole)")
        #expect(world.endings.isEmpty)
    }

    @Test("black of our own is larger than a pixel: some renderers leave out the edges of one that is stretched")
    func black() throws {
        let world = try World {
            $0.missing = ["wp_single_pixel_buffer_manager_v1"]
            ($0.width, $0.height) = (640, 240)
        }
        world.guest.show(.primary, picture)
        try world.open()
        #expect(try world.requests().contains("picture.damage_buffer(0, 0, 16, 16)"))
    }

    @Test(
        "without one of these there is no window, and the error names it",
        arguments: ["wl_compositor", "xdg_wm_base", "wl_shm"])
    func needed(_ interface: String) {
        #expect {
            _ = try World { $0.missing = [interface] }
        } throws: { error in
            "\(error)".hasPrefix("the compositor offers no \(interface) (version")
        }
    }
}
