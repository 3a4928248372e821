// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Measurement
import PlaneImage
import Planes
@testable import GuestView
@testable import GuestWindow
@testable import Surfaces
import TestSupport
import Testing

/// sway of Debian 12 has no wp_fractional_scale_v1, so that the scale is worked out from zxdg_output_v1; its own drawing is the
/// judge of whether it was right.
@Suite("A window on a real sway", .serialized)
struct SwayWindowTests {
    /// Single black and white pixels: whatever is scaled or between two pixels is grey.
    private static func checker(_ size: PixelSize) -> ScriptedSource.Memory {
        ScriptedSource.Memory(width: size.width, height: size.height) { color(Int($0), Int($1)) }
    }

    private static func color(_ x: Int, _ y: Int) -> UInt32 { (x + y) % 2 == 0 ? 0xFFFF_FFFF : 0xFF00_0000 }

    @Test(
        "at every scale and odd size the guest is asked for device pixels, and what it then shows is on screen pixel for pixel",
        .timeLimit(.minutes(5)))
    func exact() throws {
        // Whole numbers of logical units at every scale: grim scales its pictures otherwise.
        let sway = try Sway(
            width: 1680, height: 840,
            configuration: ["for_window [app_id=\"oriel\"] floating enable, move absolute position 0 0"])
        let world = try RealWindow(on: sway.display) { guest in
            guest.isResizable = true
            guest.show(.primary, ScriptedSource.Memory(width: 320, height: 240))
        }
        try world.run { world.window.statistics.frames.committed == 1 }
        for (scale, factor) in [("1", 120), ("1.25", 150), ("1.5", 180), ("1.75", 210), ("2", 240)] as [(String, Int64)] {
            try sway.setScale(scale, of: "HEADLESS-1")
            for (width, height) in [(333, 217), (402, 301), (511, 299)] as [(Int64, Int64)] {
                let size = PixelSize(
                    width: UInt32((width * factor + 60) / 120), height: UInt32((height * factor + 60) / 120))
                try sway.command("[app_id=\"oriel\"] resize set \(width) px \(height) px, move absolute position 0 0")
                try world.run { world.guest.requested.last?.size == size }
                try world.show(Self.checker(size))
                let area = PixelRectangle(x: 0, y: 0, width: Int32(size.width), height: Int32(size.height))
                let screen = try world.screen(try sway.screenshot()) { $0.wrongPixels(in: area, Self.color) == 0 }
                #expect(screen.wrongPixels(in: area, Self.color) == 0, "\(width)x\(height) at \(scale)")
                // The window ends where the guest's screen does.
                #expect(screen.pixel(x: Int(size.width), y: 0).map { [$0.x, $0.y, $0.z] } == [0, 0, 0])
                #expect(screen.pixel(x: 0, y: Int(size.height)).map { [$0.x, $0.y, $0.z] } == [0, 0, 0])
            }
        }
        world.owner.close()
    }

    @Test("full screen is on the screen that the user names, pixel for pixel at a scale of its own", .timeLimit(.minutes(5)))
    func output() throws {
        let sway = try Sway(width: 960, height: 540, outputs: 2, configuration: ["output HEADLESS-2 scale 1.5"])
        let world = try RealWindow(on: sway.display) {
            $0.isFullscreen = true
            $0.output = "HEADLESS-2"
        } prepare: {
            $0.show(.primary, Self.checker(PixelSize(width: 960, height: 540)))
        }
        try world.run { world.window.statistics.frames.committed == 1 }
        let area = PixelRectangle(x: 0, y: 0, width: 960, height: 540)
        let isShown = { (screen: RGBAImage) in screen.wrongPixels(in: area, Self.color) == 0 }
        #expect(isShown(try world.screen(try sway.screenshot(of: "HEADLESS-2"), when: isShown)))
        #expect(try PNG.read(try sway.screenshot(of: "HEADLESS-1")).wrongPixels(in: area) { _, _ in 0 } == 0)
        #expect(world.owner.endings.isEmpty)
        world.owner.close()
    }

    @Test(
        "a screen that is unplugged takes no window with it: it is whole on the screen that is left",
        .enabled(if: Sway.canUnplug, "this sway, older than 1.8, can't remove a screen"), .timeLimit(.minutes(5)))
    func unplugged() throws {
        let sway = try Sway(width: 960, height: 540, outputs: 2)
        let world = try RealWindow(on: sway.display) {
            $0.isFullscreen = true
            $0.output = "HEADLESS-2"
        } prepare: {
            $0.show(.primary, Self.checker(PixelSize(width: 960, height: 540)))
        }
        let area = PixelRectangle(x: 0, y: 0, width: 960, height: 540)
        let isShown = { (screen: RGBAImage) in screen.wrongPixels(in: area, Self.color) == 0 }
        #expect(isShown(try world.screen(try sway.screenshot(of: "HEADLESS-2"), when: isShown)))
        try sway.unplug("HEADLESS-2")
        #expect(isShown(try world.screen(try sway.screenshot(of: "HEADLESS-1"), when: isShown)))
        #expect(world.owner.endings.isEmpty)
        world.owner.close()
    }

    @Test(
        "our own title bar goes where the window goes, and the picture in it is pixel for pixel",
        .timeLimit(.minutes(5)))
    func decoration() throws {
        let sway = try Sway(
            configuration: ["for_window [app_id=\"oriel\"] floating enable, move absolute position 100 100"])
        let world = try RealWindow(on: sway.display) {
            $0.decorations = .client
            $0.scale = .native
        } prepare: {
            $0.show(.primary, Self.checker(PixelSize(width: 321, height: 201)))
        }
        try world.run { world.window.statistics.frames.committed == 1 }
        func isShown(atX x: Int32, y: Int32) throws -> Bool {
            let area = PixelRectangle(x: x, y: y, width: 321, height: 201)
            let isShown = { (screen: RGBAImage) in screen.wrongPixels(in: area, Self.color) == 0 }
            return isShown(try world.screen(try sway.screenshot(), when: isShown))
        }
        // The window is at 100, 100: the picture is a border and a title bar further in.
        #expect(try isShown(atX: 104, y: 128))
        try sway.command("[app_id=\"oriel\"] move absolute position 300 250")
        #expect(try isShown(atX: 304, y: 278))
        try sway.command("[app_id=\"oriel\"] fullscreen enable")
        #expect(try isShown(atX: (1280 - 321) / 2, y: (720 - 201) / 2))
        let corner = try PNG.read(try sway.screenshot()).pixel(x: 0, y: 0)
        #expect(corner.map { [$0.x, $0.y, $0.z] } == [0, 0, 0], "in full screen there is none")
        world.owner.close()
    }
}
