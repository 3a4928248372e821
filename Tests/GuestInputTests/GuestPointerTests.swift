// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import System
import Testing

@testable import GuestInput

@Suite("The guest's pointer")
struct GuestPointerTests {
    private static let screen = PixelSize(width: 640, height: 480)
    /// Shows the guest at half its size, with bars at the sides.
    private static let mapping = PointerMapping(
        x: 100, y: 0, width: 320, height: 240, source: PixelRectangle(x: 0, y: 0, width: 640, height: 480), guest: screen)
    private let tablet = GuestPointer.View(mapping: mapping, isAbsolute: true)
    private let mouse = GuestPointer.View(mapping: mapping, isAbsolute: false)
    private let hand = GuestPointer.Hand.pointer(seat: 1)
    private let other = GuestPointer.Hand.pointer(seat: 2)

    private func at(_ x: Double, _ y: Double) -> SurfacePoint { SurfacePoint(x: x, y: y) }

    private func place(_ x: Int32, _ y: Int32) -> GuestPointer.Action { .place(PixelPoint(x: x, y: y), screen: Self.screen) }

    @Test("a tablet is told each pixel once, and the pixel again before a press")
    func tabletMoves() {
        var pointer = GuestPointer()
        #expect(pointer.move(hand, to: at(110, 10), tablet) == [place(20, 20)])
        #expect(pointer.move(hand, to: at(110.25, 10), tablet) == [])
        #expect(pointer.move(hand, to: at(110.5, 10), tablet) == [place(21, 20)])
        #expect(pointer.press(.left, hand, tablet) == [place(21, 20), .button(.left, isDown: true)])
        #expect(pointer.release(.left, hand) == [.button(.left, isDown: false)])
    }

    @Test("a press lands on the picture's present place, even if the pointer hasn't moved")
    func pictureMoved() {
        var pointer = GuestPointer(), view = tablet
        _ = pointer.move(hand, to: at(110, 10), view)
        view.mapping!.x = 0
        #expect(pointer.press(.left, hand, view) == [place(220, 20), .button(.left, isDown: true)])
    }

    @Test("beside the picture the pointer is at its edge, nothing begins there, and a drag from the picture continues")
    func beside() {
        var pointer = GuestPointer()
        #expect(pointer.move(hand, to: at(0, 120), tablet) == [place(0, 240)])
        #expect(pointer.press(.left, hand, tablet) == [])
        #expect(pointer.release(.left, hand) == [])
        var down = Scroll()
        down.add(steps: 1)
        #expect(pointer.scroll(hand, x: Scroll(), y: down, tablet) == [])
        _ = pointer.move(hand, to: at(100, 120), tablet)
        #expect(pointer.press(.left, hand, tablet).last == .button(.left, isDown: true))
        #expect(pointer.move(hand, to: at(900, 1000), tablet) == [place(639, 479)])
        #expect(pointer.press(.right, hand, tablet) == [place(639, 479), .button(.right, isDown: true)])
        #expect(pointer.release(.left, hand) == [.button(.left, isDown: false)])
        #expect(pointer.release(.right, hand) == [.button(.right, isDown: false)])
    }

    @Test("without a picture the pointer has no place, and held buttons can still be released")
    func noPicture() {
        var pointer = GuestPointer()
        let dark = GuestPointer.View(mapping: nil, isAbsolute: true)
        #expect(pointer.move(hand, to: at(110, 10), dark) == [])
        #expect(pointer.press(.left, hand, dark) == [])
        _ = pointer.press(.left, hand, tablet)
        #expect(pointer.move(hand, to: at(120, 10), dark) == [])
        #expect(pointer.release(.left, hand) == [.button(.left, isDown: false)])
    }

    @Test("a pointer that leaves releases each button once, in the order in which they went down")
    func leaving() {
        var pointer = GuestPointer()
        _ = pointer.move(hand, to: at(110, 10), tablet)
        for button in [PointerButton.right, .left, .extra] { _ = pointer.press(button, hand, tablet) }
        _ = pointer.release(.left, hand)
        #expect(pointer.leave(hand) == [.button(.right, isDown: false), .button(.extra, isDown: false)])
        #expect(pointer.leave(hand) == [])
        #expect(pointer.leaveAll() == [])
        #expect(pointer.move(hand, to: at(110, 10), tablet) == [place(20, 20)])
    }

    @Test("a button that two hands hold goes down with the first and comes up with the last")
    func twoHands() {
        var pointer = GuestPointer()
        _ = pointer.move(hand, to: at(110, 10), tablet)
        _ = pointer.move(other, to: at(120, 10), tablet)
        #expect(pointer.press(.left, hand, tablet) == [place(20, 20), .button(.left, isDown: true)])
        #expect(pointer.press(.left, other, tablet) == [place(40, 20)])
        #expect(pointer.press(.left, hand, tablet) == [])
        #expect(pointer.leave(hand) == [])
        #expect(pointer.release(.left, hand) == [])
        #expect(pointer.release(.left, other) == [.button(.left, isDown: false)])
    }

    @Test("fractions of a mouse's steps add up in both directions, and none is lost")
    func mouseMotion() {
        var pointer = GuestPointer()
        #expect(pointer.move(hand, to: at(110, 10), mouse) == [])
        #expect(pointer.push(by: MouseMotion(x: 0.5, y: -0.75), mouse) == [])
        #expect(pointer.push(by: MouseMotion(x: 0.75, y: -0.5), mouse) == [.push(x: 1, y: -1)])
        #expect(pointer.push(by: MouseMotion(x: -0.5, y: 0.25), mouse) == [])
        #expect(pointer.push(by: MouseMotion(x: -0.75, y: 3), mouse) == [.push(x: -1, y: 3)])
        #expect(pointer.push(by: MouseMotion(x: 1e300, y: -1e300), mouse) == [.push(x: 8_388_608, y: -8_388_608)])
        var generator = SplitMix64(seed: 1)
        var sum = (x: 0.0, y: 0.0), pushed = (x: Int32(0), y: Int32(0))
        pointer = GuestPointer()
        for _ in 0..<10_000 {
            let motion = MouseMotion(
                x: Double(Int.random(in: -2000...2000, using: &generator)) / 256,
                y: Double(Int.random(in: -2000...2000, using: &generator)) / 256)
            sum = (sum.x + motion.x, sum.y + motion.y)
            for case .push(let x, let y) in pointer.push(by: motion, mouse) { pushed = (pushed.x + x, pushed.y + y) }
            #expect(abs(sum.x - Double(pushed.x)) < 1)
            #expect(abs(sum.y - Double(pushed.y)) < 1)
        }
    }

    @Test("without the mouse's own motion, the guest's mouse moves by the pixels that the pointer crosses")
    func unseenMouse() {
        var pointer = GuestPointer()
        _ = pointer.move(hand, to: at(110, 10), mouse)
        #expect(pointer.push(hand, to: at(113, 9), mouse) == [.push(x: 6, y: -2)])
        _ = pointer.leave(hand)
        #expect(pointer.push(hand, to: at(300, 100), mouse) == [])
    }

    @Test("a mouse clicks wherever the host's pointer is, and a tablet that is plugged in later is told the place")
    func mouseBecomesTablet() {
        var pointer = GuestPointer()
        _ = pointer.move(hand, to: at(110, 10), tablet)
        #expect(pointer.press(.left, hand, mouse) == [.button(.left, isDown: true)])
        #expect(pointer.push(by: MouseMotion(x: 1, y: 1), mouse) == [.push(x: 1, y: 1)])
        #expect(pointer.push(by: MouseMotion(x: 1, y: 1), tablet) == [])
        #expect(pointer.move(hand, to: at(110, 10), tablet) == [place(20, 20)])
    }

    @Test("a step of the wheel is a press and a release")
    func wheel() {
        var pointer = GuestPointer()
        _ = pointer.move(hand, to: at(110, 10), tablet)
        var up = Scroll(), right = Scroll()
        up.add(steps: -2)
        right.add(steps: 1)
        #expect(
            pointer.scroll(hand, x: right, y: up, tablet) == [
                .button(.wheelUp, isDown: true), .button(.wheelUp, isDown: false), .button(.wheelUp, isDown: true),
                .button(.wheelUp, isDown: false), .button(.wheelRight, isDown: true), .button(.wheelRight, isDown: false),
            ])
    }

    @Test("whatever happens, each button goes down and up in turn, and nothing stays down when all have left")
    func anything() {
        var generator = SplitMix64(seed: 1)
        for _ in 0..<200 {
            var pointer = GuestPointer(), down: Set<PointerButton> = []
            func check(_ actions: [GuestPointer.Action]) {
                for action in actions {
                    switch action {
                    case .button(let button, true): #expect(down.insert(button).inserted)
                    case .button(let button, false): #expect(down.remove(button) != nil)
                    case .place(let pixel, let screen):
                        #expect((0..<Int32(screen.width)).contains(pixel.x) && (0..<Int32(screen.height)).contains(pixel.y))
                    case .push: break
                    }
                }
            }
            for _ in 0..<100 {
                let view = GuestPointer.View(
                    mapping: .random(using: &generator) ? Self.mapping : nil, isAbsolute: .random(using: &generator))
                let hand = [hand, other, .finger(seat: 1)].randomElement(using: &generator)!
                let button = PointerButton.allCases.prefix(5).randomElement(using: &generator)!
                let point = at(.random(in: -1000...1000, using: &generator), .random(in: -1000...1000, using: &generator))
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: check(pointer.move(hand, to: point, view))
                case 1: check(pointer.press(button, hand, view))
                case 2: check(pointer.release(button, hand))
                case 3: check(pointer.push(hand, to: point, view))
                default: check(pointer.leave(hand))
                }
            }
            check(pointer.leaveAll())
            #expect(down.isEmpty)
        }
    }

    @Test("a guest has a mouse's usual buttons, and no others")
    func buttons() {
        let known = (UInt32(0)...0x200).compactMap { code in PointerButton(linux: code).map { (code, $0) } }
        #expect(known.map(\.0) == Array(0x110...0x116))
        #expect(known.map(\.1) == [.left, .right, .middle, .side, .extra, .extra, .side])
        #expect(PointerButton(linux: .max) == nil)
    }
}
