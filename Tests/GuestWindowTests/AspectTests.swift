// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
@testable import GuestView
@testable import GuestWindow
@testable import Surfaces
import TestCompositor
import TestSupport
import Testing
import WaylandServer

@Suite("A window that keeps the guest's proportions")
struct AspectTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)

    private func world(keeps: Bool = true) throws -> World {
        try World.showing(picture) { _ in
        } choose: {
            $0.keepsAspect = keeps
        }
    }

    private func resized(_ serial: Int, _ width: Int, _ height: Int) -> [String] {
        [
            "xdg_surface.ack_configure(\(serial))", "xdg_surface.set_window_geometry(0, 0, \(width), \(height))",
            "picture.viewport.set_destination(\(width), \(height))", "compositor.create_region(new region)",
            "region.add(0, 0, \(width), \(height))", "picture.set_opaque_region(region)", "region.destroy()",
            "picture.frame(new callback)", "picture.commit()",
        ]
    }

    @Test("while it is dragged it takes less than it may, and has no bars")
    func dragged() throws {
        let world = try world()
        world.server.configure(width: 1000, height: 480, states: [.resizing])
        #expect(try world.requests() == resized(2, 640, 480))
        world.server.configure(width: 400, height: 1000, states: [.resizing])
        #expect(try world.requests() == resized(3, 400, 300))
        // Let go of, it stays so.
        world.server.configure(width: 400, height: 300, states: [.activated])
        #expect(try world.requests() == ["xdg_surface.ack_configure(4)", "picture.frame(new callback)", "picture.commit()"])
    }

    @Test(
        "a size that isn't its own affair is taken whole",
        arguments: [.maximized, .fullscreen, .tiledLeft] as [XdgToplevelResource.State])
    func bound(state: XdgToplevelResource.State) throws {
        let world = try world()
        world.server.configure(width: 640, height: 240, states: [state])
        #expect(try world.requests().contains("xdg_surface.set_window_geometry(0, 0, 640, 240)"))
    }

    @Test("unless the user wants it the window is as it's dragged")
    func without() throws {
        let world = try world(keeps: false)
        world.server.configure(width: 640, height: 240, states: [.resizing])
        #expect(try world.requests().contains("xdg_surface.set_window_geometry(0, 0, 640, 240)"))
    }

    @Test("a guest that takes the size that it's asked for doesn't change the proportions by its rounding; another mode does")
    func rounding() throws {
        let world = try World { _ in
        } choose: {
            $0.keepsAspect = true
        }
        world.guest.isResizable = true
        world.guest.show(.primary, picture)
        try world.open()
        try world.settle()
        world.server.configure(width: 333, height: 1000, states: [.resizing])
        try world.wait(nanoseconds: 400_000_000)
        #expect(world.guest.requested.map(\.size) == [PixelSize(width: 333, height: 250)])
        _ = try world.after { world.guest.show(.primary, ScriptedSource.Memory(width: 333, height: 250)) }
        world.server.configure(width: 4000, height: 3000, states: [.resizing])
        #expect(try world.requests().contains("xdg_surface.set_window_geometry(0, 0, 4000, 3000)"))
        let wide = try world.after { world.guest.show(.primary, ScriptedSource.Memory(width: 400, height: 200)) }
        #expect(wide.contains("xdg_surface.set_window_geometry(0, 0, 4000, 2000)"))
    }
}
