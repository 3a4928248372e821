// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import GuestInput
import Planes
import TestCompositor
import TestSupport
import Testing

@testable import GuestView
@testable import GuestWindow
@testable import Surfaces

@Suite("A guest's screen that is turned")
struct RotationOnWireTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)
    private let cursor = ScriptedSource.Memory(width: 64, height: 32, format: .argb8888)

    @Test("the buffers are what they were; the window is turned, and the cursor is where it belongs")
    func opening() throws {
        let world = try World { _ in
        } choose: {
            $0.view.rotation = .quarter
        }
        world.guest.show(.primary, picture)
        world.guest.show(.cursor, cursor, at: PixelPoint(x: 10, y: 20))
        try world.open()
        let requests = try world.requests()
        #expect(
            requests.suffix(19) == [
                "xdg_surface.ack_configure(1)", "xdg_surface.set_window_geometry(0, 0, 240, 320)",
                "picture.viewport.set_destination(240, 320)", "picture.set_buffer_transform(1)",
                "compositor.create_region(new region)", "region.add(0, 0, 240, 320)", "picture.set_opaque_region(region)",
                "region.destroy()", "picture.attach(buffer1, 0, 0)", "picture.damage_buffer(0, 0, 320, 240)",
                "presentation.feedback(picture, new feedback)", "cursor.set_buffer_transform(1)",
                "cursor.viewport.set_destination(32, 64)", "cursor.subsurface.set_position(188, 10)",
                "cursor.attach(buffer2, 0, 0)", "cursor.damage_buffer(0, 0, 64, 32)", "cursor.commit()",
                "picture.frame(new callback)", "picture.commit()",
            ])
        // Nothing of it is said twice.
        #expect(try world.after { world.guest.show(.primary, picture) } == FramePathTests.frame("buffer1"))
    }

    @Test("a picture upside down and turned is one transform", arguments: zip(Rotation.allCases, [6, 5, 4, 7]))
    func flipped(rotation: Rotation, transform: Int) throws {
        let world = try World { _ in
        } choose: {
            $0.view.rotation = rotation
        }
        world.guest.show(.primary, picture, isFlipped: true)
        try world.open()
        #expect(try world.requests().filter { $0.contains("transform") } == ["picture.set_buffer_transform(\(transform))"])
    }

    @Test("the pointer is over the pixel that is shown there", arguments: Rotation.allCases)
    func pointer(rotation: Rotation) throws {
        let world = try World.showing(picture) {
            $0.width = 640
            $0.height = 640
        } choose: {
            $0.view.rotation = rotation
        }
        let mapping = try #require(world.window.pointerMapping)
        for y: Int32 in [0, 1, 100, 238, 239] {
            for x: Int32 in [0, 1, 100, 318, 319] {
                let turned = rotation.turned(
                    PixelSize(width: 1, height: 1), at: PixelPoint(x: x, y: y), on: PixelSize(width: 320, height: 240))
                let bars: (x: Double, y: Double) = rotation.swapsSides ? (80, 0) : (0, 80)
                let shown = mapping.pixel(atX: bars.x + Double(turned.x) * 2 + 1, y: bars.y + Double(turned.y) * 2 + 1)
                #expect(shown == PixelPoint(x: x, y: y))
            }
        }
    }

    @Test("the guest is asked for the size that fills the window when it's turned")
    func resize() throws {
        let world = try World {
            $0.screens = [.init(millimetres: (300, 200), mode: (3000, 2000, 60_000))]
        } choose: {
            $0.view.rotation = .threeQuarters
        }
        world.guest.isResizable = true
        world.guest.show(.primary, picture)
        try world.open()
        try world.settle()
        world.server.configure(width: 600, height: 800)
        try world.wait(nanoseconds: 400_000_000)
        #expect(
            world.guest.requested == [
                DisplayMode(
                    size: PixelSize(width: 800, height: 600), millimetres: PixelSize(width: 80, height: 60),
                    refreshMillihertz: 60_000)
            ])
    }
}
