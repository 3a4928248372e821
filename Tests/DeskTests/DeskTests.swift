// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import TestSupport
import Testing

/// All of the way: from a seat's devices through a real compositor, the built program and a real QEMU to the guest's kernel.
@Suite("A real guest under somebody's hands", .serialized)
struct DeskTests {
    @Test(
        "what is typed is the shell's line, key by key; a lost focus leaves no key down; sway's shortcuts are the guest's in a grab",
        .timeLimit(.minutes(8)))
    func typing() throws {
        let world = try DeskWorld(.usbTablet, configuration: DeskWorld.shortcut)
        let events = try world.events(of: InputGuest.keyboard, count: 14) { try world.type("hi B2") }
        #expect(
            events == [
                "1 35 1", "1 35 0", "1 23 1", "1 23 0", "1 57 1", "1 57 0", "1 42 1", "1 48 1", "1 48 0", "1 42 0",
                "1 3 1", "1 3 0", "1 28 1", "1 28 0",
            ])
        #expect(waitUntil { world.guest.typed == ["hi B2"] }, "\(world.guest.typed)")

        // Alt is down when the focus goes, as after Alt+Tab: it comes up in the guest, and the next key is without it.
        let alt = try world.events(of: InputGuest.keyboard, count: 2) {
            try world.input.press(.leftAlt, isDown: true)
            try world.sway.show(workspace: "2")
        }
        #expect(alt == ["1 56 1", "1 56 0"])
        let next = try world.events(of: InputGuest.keyboard, count: 2) {
            try world.input.press(.leftAlt, isDown: false)
            try world.sway.show(workspace: "1")
            try world.input.tap(.a)
        }
        #expect(next == ["1 30 1", "1 30 0"])

        // A grab keeps sway's shortcuts off, until it is over.
        #expect(try world.eventsOfChord() == ["1 29 1", "1 56 1", "1 56 0", "1 29 0"])
        #expect(try world.eventsOfShortcut() == ["1 125 1", "1 48 1", "1 48 0", "1 125 0"])
        #expect(try world.sway.workspace() == "1")
        #expect(try world.eventsOfChord() == ["1 29 1", "1 56 1", "1 56 0", "1 29 0"])
        try world.input.tapShortcut()
        #expect(try waitUntil { try world.sway.workspace() == "2" })
    }

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
}

extension InputGuest.Pointer {
    /// What the guest's kernel reports of a wheel that turns by `steps`, away from the user where they are positive.
    fileprivate func wheelTravel(_ steps: Int) -> [String: Int] {
        // Linux's driver for USB adds the wheel's fine steps; QEMU's virtio tablet has none.
        self == .usbTablet ? ["2 8": steps, "2 11": steps * 120] : ["2 8": steps]
    }
}

extension DeskWorld {
    /// A shortcut of sway's own. Without the first line sway would begin on the workspace that its bindings name.
    fileprivate static let shortcut = ["workspace 1 output HEADLESS-1", "bindsym Mod4+b workspace 2"]

    /// What the guest has of the chord: its modifiers, which are let go of when the last key makes it one. The window has done by
    /// then what the chord is for.
    fileprivate func eventsOfChord() throws -> [String] {
        try events(of: InputGuest.keyboard, count: 4) { try input.tapChord() }
    }

    /// What the guest has of the shortcut.
    fileprivate func eventsOfShortcut() throws -> [String] {
        try events(of: InputGuest.keyboard, count: 4) { try input.tapShortcut() }
    }
}

extension VirtualInput {
    /// What grabs and releases, where the user names no other: Ctrl+Alt+G.
    fileprivate func tapChord() throws {
        try press(.leftControl, isDown: true)
        try press(.leftAlt, isDown: true)
        try tap(.g)
        try press(.leftAlt, isDown: false)
        try press(.leftControl, isDown: false)
    }

    /// Super+B, `DeskWorld.shortcut`.
    fileprivate func tapShortcut() throws {
        try press(.leftSuper, isDown: true)
        try tap(.b)
        try press(.leftSuper, isDown: false)
    }
}
