// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import TestSupport
import Testing

/// From the pointer of a seat through a real compositor, the built program and a real QEMU to the guest's kernel. The tests of a
/// suite take turns: each boots a guest.
@Suite("A real guest under somebody's pointer", .serialized)
struct PointerDeskTests {
    @Test(
        "a tablet is at the pixel under the pointer at each scale, and its buttons and wheel are the mouse's",
        .timeLimit(.minutes(8)), arguments: [InputGuest.Pointer.usbTablet, .virtioTablet])
    func pointing(_ pointer: InputGuest.Pointer) throws {
        let world = try DeskWorld(pointer)
        for (x, y) in [(100, 200), (0, 0), (1279, 799), (641, 399)] {
            let place = TabletPlace(pixelX: x, y: y)
            #expect(try world.point(atX: x, y: y, until: place) == place)
        }
        let clicks = try world.events(of: pointer.name, count: 6) {
            try world.input.click(.left)
            try world.input.click(.middle)
            try world.input.click(.right)
        }
        #expect(clicks == ["1 272 1", "1 272 0", "1 274 1", "1 274 0", "1 273 1", "1 273 0"])
        for steps in [-1, 2] {
            let expected = pointer.wheelTravel(steps)
            #expect(try world.travel(of: pointer.name, until: expected) { try world.input.turnWheel(-steps) } == expected)
        }

        try world.sway.setScale("1.5", of: "HEADLESS-1")
        // Half a pixel further is still the same pixel.
        for (x, y) in [(100, 200), (101, 201), (0, 0)] {
            let place = TabletPlace(pixelX: x * 3 / 2, y: y * 3 / 2)
            #expect(try world.point(atX: x, y: y, until: place) == place)
        }
    }

    @Test(
        "a click locks the pointer for a guest with a mouse, which moves by the mouse's own steps; the keyboard stays sway's",
        .timeLimit(.minutes(8)))
    func locking() throws {
        let world = try DeskWorld(.mouse, configuration: DeskWorld.shortcut)
        let mouse = InputGuest.Pointer.mouse.name
        try world.input.place(x: 640, y: 400)
        let click = try world.events(of: mouse, count: 2) { try world.input.click(.left) }
        #expect(click == ["1 272 1", "1 272 0"])
        let travel = try world.travel(of: mouse, until: ["2 0": 7, "2 1": -5]) {
            try world.input.move(byX: 10, y: -5)
            try world.input.move(byX: -3, y: 0)
        }
        #expect(travel == ["2 0": 7, "2 1": -5])

        // The keyboard isn't grabbed by a click: sway's shortcuts are sway's.
        try world.input.tapShortcut()
        #expect(try waitUntil { try world.sway.workspace() == "2" })
    }

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

extension InputGuest.Pointer {
    /// What the guest's kernel reports of a wheel that turns by `steps`, away from the user where they are positive.
    fileprivate func wheelTravel(_ steps: Int) -> [String: Int] {
        // Linux's driver for USB adds the wheel's fine steps; QEMU's virtio tablet has none.
        self == .usbTablet ? ["2 8": steps, "2 11": steps * 120] : ["2 8": steps]
    }
}
