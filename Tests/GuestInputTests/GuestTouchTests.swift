// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import System
import Testing

@testable import GuestInput

@Suite("The guest's touchscreen")
struct GuestTouchTests {
    private static let size = PixelSize(width: 640, height: 480)
    private let mapping = PointerMapping(
        x: 100, y: 0, width: 320, height: 240, source: PixelRectangle(x: 0, y: 0, width: 640, height: 480), guest: size)

    private func finger(_ id: Int32, seat: UInt32 = 1) -> GuestTouch.Finger { GuestTouch.Finger(seat: seat, id: id) }

    private func action(_ phase: TouchPhase, _ slot: Int, _ x: Double, _ y: Double) -> GuestTouch.Action {
        GuestTouch.Action(phase: phase, slot: slot, x: x, y: y, screen: Self.size)
    }

    private func screen(of slots: Int) -> GuestTouch {
        var touch = GuestTouch()
        _ = touch.setSlots(slots)
        return touch
    }

    @Test("a finger has the lowest free slot and a place between pixels, and ends where it was")
    func slots() {
        var touch = screen(of: 3)
        #expect(touch.down(finger(7), at: SurfacePoint(x: 110.25, y: 10), mapping) == [action(.begin, 0, 20.5, 20)])
        #expect(touch.down(finger(9), at: SurfacePoint(x: 120, y: 10), mapping) == [action(.begin, 1, 40, 20)])
        #expect(touch.move(finger(7), to: SurfacePoint(x: 111, y: 10), mapping) == [action(.update, 0, 22, 20)])
        #expect(touch.up(finger(7)) == [action(.end, 0, 22, 20)])
        #expect(touch.up(finger(7)) == [])
        #expect(touch.down(finger(8), at: SurfacePoint(x: 100, y: 0), mapping) == [action(.begin, 0, 0, 0)])
    }

    @Test("a finger that leaves the picture stays at its edge, less than the guest's width and height")
    func edge() {
        var touch = screen(of: 1)
        _ = touch.down(finger(1), at: SurfacePoint(x: 110, y: 10), mapping)
        let moved = touch.move(finger(1), to: SurfacePoint(x: 5000, y: 5000), mapping)
        #expect(moved.map(\.slot) == [0])
        #expect(moved.allSatisfy { $0.x < 640 && $0.x > 639.9 && $0.y < 480 && $0.y > 479.9 })
        #expect(touch.move(finger(1), to: SurfacePoint(x: -5, y: -5), mapping) == [action(.update, 0, 0, 0)])
    }

    @Test("fingers beside the picture, unknown fingers and more fingers than slots are ignored")
    func ignored() {
        var touch = screen(of: 1)
        let place = SurfacePoint(x: 110, y: 10)
        #expect(touch.down(finger(1), at: SurfacePoint(x: 99, y: 10), mapping) == [])
        #expect(touch.down(finger(1), at: place, nil) == [])
        #expect(touch.move(finger(1), to: place, mapping) == [])
        #expect(touch.down(finger(1), at: place, mapping).count == 1)
        #expect(touch.down(finger(1), at: place, mapping) == [])
        #expect(touch.down(finger(2), at: place, mapping) == [])
        #expect(touch.move(finger(2), to: place, mapping) == [])
        #expect(touch.up(finger(2)) == [])
    }

    @Test("a gesture of the host cancels one seat's fingers, each once")
    func cancelled() {
        var touch = screen(of: 10)
        let place = SurfacePoint(x: 110, y: 10)
        for id: Int32 in 0..<3 { _ = touch.down(finger(id), at: place, mapping) }
        _ = touch.down(finger(0, seat: 2), at: place, mapping)
        #expect(touch.cancel { $0.seat == 1 } == (0..<3).map { action(.cancel, $0, 20, 20) })
        #expect(touch.cancel { $0.seat == 1 } == [])
        #expect(touch.up(finger(0, seat: 2)) == [action(.end, 3, 20, 20)])
    }

    @Test("when the number of slots changes, fingers are cancelled as far as the guest knows them")
    func otherScreen() {
        var touch = screen(of: 10)
        for id: Int32 in 0..<4 { _ = touch.down(finger(id), at: SurfacePoint(x: 110, y: 10), mapping) }
        #expect(touch.setSlots(10) == [])
        #expect(touch.setSlots(2) == [action(.cancel, 0, 20, 20), action(.cancel, 1, 20, 20)])
        #expect(touch.up(finger(3)) == [])
        #expect(touch.setSlots(-5) == [])
        #expect(touch.down(finger(1), at: SurfacePoint(x: 110, y: 10), mapping) == [])
    }
}
