// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import TestSupport
import Testing

extension DeskTests {
    @Test(
        "of two heads with a window each, each has its own tablet and keyboard, and a focus that goes over leaves no key down",
        .timeLimit(.minutes(8)))
    func heads() throws {
        let desk = try TwoHeadDesk()
        func moved(_ head: Head, _ x: Int, _ y: Int) -> [String] {
            let place = TabletPlace(pixelX: x, y: y, of: (head.width, head.height))
            return ["3 0 \(place.x)", "3 1 \(place.y)"]
        }
        for (head, x, y) in [(Head.second, 100, 200), (.first, 641, 399), (.second, 1022, 0), (.first, 0, 700)] {
            let motion = try desk.events(2) { try desk.place(x: x, y: y, on: head) }
            #expect(motion == [head.tablet: moved(head, x, y)])
        }
        // A click gives a window the focus, and counts in it.
        for head in Head.allCases {
            let click = try desk.events(4) {
                try desk.place(x: 300, y: 333, on: head)
                try desk.input.click(.left)
            }
            #expect(click == [head.tablet: moved(head, 300, 333) + ["1 272 1", "1 272 0"]])
            let key = try desk.events(2) { try desk.input.tap(.a) }
            #expect(key == [head.keyboard: ["1 30 1", "1 30 0"]])
        }
        for (from, to) in [(Head.second, Head.first), (.first, .second)] {
            let left = try desk.events(2) {
                try desk.input.press(.leftAlt, isDown: true)
                try desk.focus(to)
            }
            #expect(left == [from.keyboard: ["1 56 1", "1 56 0"]])
            // Still down, it is the other's with the next key.
            let held = try desk.events(4) {
                try desk.input.tap(.a)
                try desk.input.press(.leftAlt, isDown: false)
            }
            #expect(held == [to.keyboard: ["1 56 1", "1 30 1", "1 30 0", "1 56 0"]])
        }
        // Nothing has ever come to those on PS/2, which take what no other does.
        #expect(Set(desk.guest.events.map(\.device)) == Set(Head.allCases.flatMap { [$0.keyboard, $0.tablet] }))
    }
}
