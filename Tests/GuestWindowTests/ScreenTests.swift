// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import TestCompositor
import TestSupport
import Testing
import WaylandServer

@testable import GuestView
@testable import GuestWindow
@testable import Surfaces

@Suite("The host's screens")
struct ScreenTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)
    private let wide = Behaviour.Screen(mode: (1920, 1080, 60_000), name: "DP-1")
    private let other = Behaviour.Screen(mode: (1280, 1024, 75_000), name: "HDMI-A-1")

    /// The requests of a window that opens in full screen on the named screen.
    private func fullscreen(on name: String?, _ screens: [Behaviour.Screen]) throws -> (World, [String]) {
        let world = try World {
            $0.screens = screens
        } choose: {
            $0.isFullscreen = true
            $0.output = name
        }
        world.guest.show(.primary, picture)
        try world.open()
        return (world, try world.requests().filter { $0.contains("fullscreen") })
    }

    @Test("full screen is asked for on the screen that the user names, and anywhere unless he does")
    func named() throws {
        #expect(try fullscreen(on: "HDMI-A-1", [wide, other]).1 == ["toplevel.set_fullscreen(output2)"])
        #expect(try fullscreen(on: nil, [wide, other]).1 == ["toplevel.set_fullscreen(nil)"])
        // One that has gone since the user named it.
        #expect(try fullscreen(on: "VGA-1", [wide, other]).1 == ["toplevel.set_fullscreen(nil)"])
    }

    @Test("screens come and go while the window lives")
    func hotplug() throws {
        let (world, _) = try fullscreen(on: nil, [wide])
        #expect(world.compositor.outputs.compactMap(\.name) == ["DP-1"])
        world.server.plug(other)
        try world.settle()
        #expect(world.compositor.outputs.compactMap(\.name) == ["DP-1", "HDMI-A-1"])
        world.server.unplug(0)
        try world.settle()
        #expect(world.compositor.outputs.compactMap(\.name) == ["HDMI-A-1"])
        #expect(world.endings.isEmpty)
    }

    @Test("the screen that a full-screen window is on goes, and the window lives on where the compositor puts it")
    func unplugged() throws {
        var fine = other
        fine.scale = 2
        let (world, _) = try fullscreen(on: "HDMI-A-1", [wide, fine])
        world.server.enter(screen: 1)
        world.server.configure(width: 640, height: 512, states: [.fullscreen])
        #expect(try world.requests().contains("xdg_surface.set_window_geometry(0, 0, 640, 512)"))
        // Compositors don't say that a surface leaves a screen which they remove.
        world.server.unplug(1)
        let requests = try world.requests()
        #expect(world.compositor.outputs.compactMap(\.name) == ["DP-1"], "it really is removed")
        #expect(world.endings.isEmpty && !requests.contains { $0.contains("destroy") && $0.hasPrefix("toplevel") })
        world.server.configure(width: 1920, height: 1080, states: [.fullscreen])
        world.server.enter(screen: 0)
        let moved = try world.requests()
        #expect(moved.contains("xdg_surface.set_window_geometry(0, 0, 1920, 1080)"), "\(moved)")
        #expect(world.window.shell.state.scale.numerator == 120)
        #expect(try world.after { world.guest.show(.primary, picture) }.contains("picture.commit()") && world.endings.isEmpty)
    }

    @Test("a panel that is turned is as wide as it's seen", arguments: [false, true])
    func turned(isTurned: Bool) throws {
        var screen = Behaviour.Screen(millimetres: (300, 200), mode: (3000, 2000, 60_000))
        if isTurned { screen.transform = ._90 }
        let world = try World { $0.screens = [screen] }
        world.guest.isResizable = true
        world.guest.show(.primary, picture)
        try world.open()
        try world.settle()
        let size = isTurned ? PixelSize(width: 2000, height: 3000) : PixelSize(width: 3000, height: 2000)
        #expect(world.compositor.outputs.map(\.size) == [size])
        world.server.configure(width: 1000, height: 500)
        try world.wait(nanoseconds: 400_000_000)
        #expect(world.guest.requested.map(\.millimetres) == [PixelSize(width: 100, height: 50)])
    }

    @Test(
        "where fractional scales aren't told they are worked out from the screen's two sizes",
        arguments: [(853, 480, 180), (1024, 576, 150), (731, 411, 210), (640, 360, 240), (1280, 720, 120)]
            as [(Int32, Int32, Int64)])
    func inferred(width: Int32, height: Int32, numerator: Int64) throws {
        var screen = Behaviour.Screen(mode: (1280, 720, 60_000))
        screen.scale = Int32((Double(numerator) / 120).rounded(.up))
        screen.logical = (width, height)
        let world = try World { $0.screens = [screen] }
        world.guest.show(.primary, picture)
        try world.open()
        try world.settle()
        #expect(world.window.shell.state.scale.numerator == numerator)
    }

    @Test("without zxdg_output_v1 the screen's whole scale is taken")
    func whole() throws {
        var screen = wide
        screen.scale = 2
        let world = try World { $0.screens = [screen] }
        world.guest.show(.primary, picture)
        try world.open()
        #expect(try world.requests().contains("picture.viewport.set_destination(160, 120)"))
    }

    @Test("the window follows the finest screen that it's on, and a screen that changes")
    func follows() throws {
        var fine = other
        fine.scale = 2
        let world = try World { $0.screens = [wide, fine] }
        world.guest.show(.primary, picture)
        try world.open()
        // Until the compositor says which one, it is shown as sharp as any may need.
        #expect(try world.requests().contains("picture.viewport.set_destination(160, 120)"))
        world.server.enter(screen: 0)
        #expect(try world.requests().contains("picture.viewport.set_destination(320, 240)"))
        world.server.enter(screen: 1)
        #expect(try world.requests().contains("picture.viewport.set_destination(160, 120)"))
        world.server.leave(screen: 1)
        #expect(try world.requests().contains("picture.viewport.set_destination(320, 240)"))
        world.server.behaviour.screens[0].scale = 4
        world.server.describe(0)
        #expect(try world.requests().contains("picture.viewport.set_destination(80, 60)"))
    }

    @Test("a fractional scale that is told counts alone")
    func told() throws {
        var screen = wide
        screen.scale = 2
        let world = try World {
            $0.screens = [screen]
            $0.hasFractionalScale = true
        }
        world.guest.show(.primary, picture)
        try world.open()
        try world.settle()
        world.server.preferScale(150)
        world.server.enter(screen: 0)
        try world.settle()
        #expect(world.window.shell.state.scale.numerator == 150)
    }
}
