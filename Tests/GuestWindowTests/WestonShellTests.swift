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

@Suite("Turned pictures and title bars on a real Weston", .serialized)
struct WestonShellTests {
    /// Each pixel of a guest of 256 x 160 has a colour of its own.
    private static func color(_ x: Int, _ y: Int) -> UInt32 { UInt32(x) << 16 | UInt32(y) << 8 | 0x40 }

    private static let size = PixelSize(width: 256, height: 160)
    private static let cursorSize = PixelSize(width: 16, height: 8)
    private static let cursorPlace = PixelPoint(x: 200, y: 20)

    /// White, with a red corner at its top left.
    private static func cursorColor(_ x: Int, _ y: Int) -> UInt32 { x < 4 && y < 4 ? 0xFFFF_0000 : 0xFFFF_FFFF }

    /// What the guest's user should see at a place of the guest's screen.
    private static func seen(_ x: Int, _ y: Int) -> UInt32 {
        let (left, top) = (x - Int(cursorPlace.x), y - Int(cursorPlace.y))
        let isCursor =
            (0..<Int(cursorSize.width)).contains(left) && (0..<Int(cursorSize.height)).contains(top)
        return isCursor ? cursorColor(left, top) : color(x, y)
    }

    @Test(
        "every pixel and the cursor are where they belong, upside down or not", .timeLimit(.minutes(5)),
        arguments: Rotation.allCases, [false, true])
    func turned(rotation: Rotation, isFlipped: Bool) throws {
        let shown = rotation.turned(Self.size)
        let weston = try Weston(width: Int(shown.width), height: Int(shown.height))
        let world = try RealWindow(on: weston.display) {
            $0.isFullscreen = true
            $0.view.rotation = rotation
        } prepare: { guest in
            let height = Int(Self.size.height)
            guest.show(
                .primary,
                ScriptedSource.Memory(width: Self.size.width, height: Self.size.height) { x, y in
                    Self.color(Int(x), isFlipped ? height - 1 - Int(y) : Int(y))
                }, isFlipped: isFlipped)
            let cursor = ScriptedSource.Memory(
                width: Self.cursorSize.width, height: Self.cursorSize.height, format: .argb8888
            ) { x, y in Self.cursorColor(Int(x), Int(y)) }
            guest.show(.cursor, cursor, at: Self.cursorPlace)
        }
        try world.run { world.window.statistics.frames.presented >= 1 }
        let area = PixelRectangle(x: 0, y: 0, width: Int32(shown.width), height: Int32(shown.height))
        func wrong(_ screen: RGBAImage) -> Int {
            screen.wrongPixels(in: area) { x, y in
                let (gx, gy) =
                    switch rotation {
                    case .none: (x, y)
                    case .quarter: (y, Int(Self.size.height) - 1 - x)
                    case .half: (Int(Self.size.width) - 1 - x, Int(Self.size.height) - 1 - y)
                    case .threeQuarters: (Int(Self.size.width) - 1 - y, x)
                    }
                return Self.seen(gx, gy)
            }
        }
        #expect(wrong(try world.screen(try weston.screenshot()) { wrong($0) == 0 }) == 0)
        #expect(world.window.statistics.path == .dmabuf)
        world.owner.close()
    }

    @Test("on a screen whose panel is turned the picture fills it, and the panel gets it turned", .timeLimit(.minutes(5)))
    func turnedPanel() throws {
        let weston = try Weston(width: 160, height: 256, arguments: ["--transform=rotate-90"])
        let compositor = try Compositor(display: weston.display)
        #expect(compositor.outputs.map(\.size) == [Self.size])
        let world = try RealWindow(on: weston.display) {
            $0.isFullscreen = true
        } prepare: {
            $0.show(
                .primary,
                ScriptedSource.Memory(width: Self.size.width, height: Self.size.height) { Self.color(Int($0), Int($1)) })
        }
        try world.run { world.window.statistics.frames.presented >= 1 }
        let area = PixelRectangle(x: 0, y: 0, width: 160, height: 256)
        // wl_output counts counter-clockwise: the picture's right edge is the panel's upper one.
        func wrong(_ screen: RGBAImage) -> Int { screen.wrongPixels(in: area) { x, y in Self.color(255 - y, x) } }
        #expect(wrong(try world.screen(try weston.screenshot()) { wrong($0) == 0 }) == 0)
        world.owner.close()
    }

    @Test(
        "where the compositor draws no title bar one of ours is around the picture, which it leaves as it is",
        .timeLimit(.minutes(5)))
    func decoration() throws {
        // Weston places the picture and not the window; in this height it leaves room for what is above it.
        let weston = try Weston(width: 400, height: 400)
        let world = try RealWindow(on: weston.display) { _ in
        } prepare: {
            $0.show(
                .primary,
                ScriptedSource.Memory(width: Self.size.width, height: Self.size.height) { Self.color(Int($0), Int($1)) })
        }
        try world.run { world.window.statistics.frames.presented >= 1 }
        // Wherever Weston has put the window: the bar's first pixel.
        func first(in screen: RGBAImage) -> Int? {
            (0..<400 * 400).first { index in
                screen.pixel(x: index % 400, y: index / 400).map { [$0.x, $0.y, $0.z] != [0, 0, 0] } ?? false
            }
        }
        let screen = try world.screen(try weston.screenshot()) { first(in: $0) != nil }
        let corner = try #require(first(in: screen))
        let (x, y) = (Int32(corner % 400), Int32(corner / 400))
        let area = PixelRectangle(x: x + 4, y: y + 28, width: 256, height: 160)
        #expect(screen.wrongPixels(in: area, Self.color) == 0)
        // A border of one colour at all sides, and beyond it the desktop's black.
        let bar = try #require(screen.pixel(x: Int(x), y: Int(y)))
        for (dx, dy, isOurs) in [
            (0, 100, true), (3, 187, true), (260, 100, true), (263, 187, true), (130, 188, true), (130, 191, true),
            (263, 191, true), (264, 100, false), (130, 192, false),
        ] as [(Int32, Int32, Bool)] {
            let pixel = screen.pixel(x: Int(x + dx), y: Int(y + dy))
            #expect(pixel.map { [$0.x, $0.y, $0.z] } == (isOurs ? [bar.x, bar.y, bar.z] : [0, 0, 0]), "\(dx), \(dy)")
        }
        world.owner.close()
    }
}
