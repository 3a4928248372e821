// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import System
import Testing
import Wayland

@testable import GuestInput

@Suite("The wheel")
struct WheelTests {
    private func scroll(_ change: (inout ScrollFrame) -> Void) -> Scroll {
        var frame = ScrollFrame()
        change(&frame)
        return frame.scroll
    }

    @Test("a step that is described in three units is one step, and the finest unit counts")
    func toldThrice() {
        var wheel = Wheel()
        let old = scroll {
            $0.add(pixels: Fixed(10.0))
            $0.add(steps: 1)
        }
        #expect(wheel.turn(x: Scroll(), y: old) == [.wheelDown])
        let new = scroll {
            $0.add(steps: 1)
            $0.add(pixels: Fixed(10.0))
            $0.add(step120ths: -60)
        }
        #expect(wheel.turn(x: Scroll(), y: new) == [])
        #expect(wheel.turn(x: Scroll(), y: new) == [.wheelUp])
    }

    @Test("120ths add up to whole steps, however they are divided")
    func sums() {
        var generator = SplitMix64(seed: 1)
        for _ in 0..<500 {
            var wheel = Wheel(), total = 0, steps = 0
            let sign = Bool.random(using: &generator) ? 1 : -1
            for _ in 0..<Int.random(in: 1...60, using: &generator) {
                let part = sign * Int.random(in: 0...500, using: &generator)
                total += part
                for button in wheel.turn(x: scroll { $0.add(step120ths: Int32(part)) }, y: Scroll()) {
                    #expect(button == (sign > 0 ? .wheelRight : .wheelLeft))
                    steps += sign
                }
            }
            #expect(steps == total / 120)
        }
    }

    @Test("15 of a finger's pixels are a step, and no 256th of a pixel is lost")
    func touchpad() {
        var wheel = Wheel(), steps = 0
        for _ in 0..<15 * 256 - 1 { steps += wheel.turn(x: Scroll(), y: scroll { $0.add(pixels: Fixed(rawValue: 1)) }).count }
        #expect(steps == 0)
        #expect(wheel.turn(x: Scroll(), y: scroll { $0.add(pixels: Fixed(rawValue: 1)) }) == [.wheelDown])
        #expect(wheel.turn(x: Scroll(), y: scroll { $0.add(pixels: Fixed(-45.0)) }) == [.wheelUp, .wheelUp, .wheelUp])
    }

    @Test("the remainder is dropped when the finger stops, and when it turns back")
    func forgotten() {
        var wheel = Wheel()
        let most = scroll { $0.add(step120ths: 119) }, little = scroll { $0.add(step120ths: 1) }
        let last = scroll {
            $0.add(step120ths: 119)
            $0.stop()
        }
        #expect(wheel.turn(x: Scroll(), y: last) == [])
        #expect(wheel.turn(x: Scroll(), y: little) == [])
        #expect(wheel.turn(x: Scroll(), y: most) == [.wheelDown])
        #expect(wheel.turn(x: Scroll(), y: most) == [])
        #expect(wheel.turn(x: Scroll(), y: scroll { $0.add(step120ths: -120) }) == [.wheelUp])
        #expect(wheel.turn(x: most, y: Scroll()) == [])
        #expect(wheel.turn(x: little, y: Scroll()) == [.wheelRight])
    }

    @Test("whatever a compositor sends, a frame makes at most 64 steps")
    func bounded() {
        var wheel = Wheel()
        let mad = scroll { frame in for _ in 0..<100 { frame.add(step120ths: .max) } }
        #expect(wheel.turn(x: Scroll(), y: mad) == Array(repeating: .wheelDown, count: 64))
        for change: (inout ScrollFrame) -> Void in [
            { $0.add(steps: .min) }, { $0.add(step120ths: .min) }, { $0.add(pixels: Fixed(rawValue: .min)) },
        ] {
            #expect(wheel.turn(x: scroll(change), y: Scroll()) == Array(repeating: .wheelLeft, count: 64))
        }
    }

    @Test("a frame tells its place once and first, then the buttons in their order, then the wheel")
    func frame() {
        var frame = PointerFrame(), told: [String] = []
        frame.press(0x110, isDown: true, time: 1)
        frame.move(to: SurfacePoint(x: 1, y: 2))
        frame.scroll(.verticalScroll) { $0.add(steps: 1) }
        frame.move(by: MouseMotion(x: 0.5, y: 1))
        frame.move(by: MouseMotion(x: 0.25, y: 1))
        frame.press(0x110, isDown: false, time: 2)
        frame.move(to: SurfacePoint(x: 3, y: 4))
        frame.tell { event in
            switch event {
            case .moved(let x, let y): told.append("moved \(x) \(y)")
            case .pushed(let motion): told.append("pushed \(motion.x) \(motion.y)")
            case .button(let code, let isDown, let time): told.append("button \(code) \(isDown) \(time)")
            case .scrolled(let x, let y): told.append("scrolled \(x.distance) \(y.distance)")
            default: Issue.record("\(event)")
            }
        }
        #expect(told == ["moved 3.0 4.0", "pushed 0.75 2.0", "button 272 true 1", "button 272 false 2", "scrolled 0 3840"])
    }
}
