// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import TestSupport
import Testing

/// From the keys of a seat through a real compositor, the built program and a real QEMU to the guest's kernel. The tests of a suite
/// take turns: each boots a guest.
@Suite("A real guest under somebody's keyboard", .serialized)
struct KeyboardDeskTests {
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
        "a held key repeats in a guest with QEMU's default keyboard, until it comes up, another goes down or the focus goes",
        .timeLimit(.minutes(8)))
    func repeating() throws {
        let world = try DeskWorld(.mouse, configuration: ["input * repeat_rate 50", "input * repeat_delay 200"])
        let held = try world.events(of: InputGuest.keyboard, count: 12, repeats: true) { try world.input.press(.a, isDown: true) }
        #expect(held.count >= 12 && held.first == "1 30 1" && held.dropFirst().allSatisfy { $0 == "1 30 2" }, "\(held)")
        try world.input.press(.a, isDown: false)
        world.guest.waitForSilence()
        #expect(world.guest.events(of: InputGuest.keyboard).last == "1 30 0")

        let shifted = try world.events(of: InputGuest.keyboard, count: 4, repeats: true) {
            try world.input.press(.a, isDown: true)
            try world.input.press(.leftShift, isDown: true)
            world.guest.waitForSilence()
            try world.input.press(.leftShift, isDown: false)
            try world.input.press(.a, isDown: false)
        }
        #expect(shifted.filter { $0 != "1 30 2" } == ["1 30 1", "1 42 1", "1 42 0", "1 30 0"])
        #expect(!shifted.drop { $0 != "1 42 1" }.contains("1 30 2"), "\(shifted)")

        _ = try world.events(of: InputGuest.keyboard, count: 3, repeats: true) { try world.input.press(.a, isDown: true) }
        try world.sway.command("workspace 2")
        world.guest.waitForSilence()
        #expect(world.guest.events(of: InputGuest.keyboard).last == "1 30 0")
    }

    @Test(
        "a guest whose keyboard lets it repeat keys by itself gets its own repeats and no others",
        .timeLimit(.minutes(8)), arguments: [InputGuest.Keyboard.usb, .virtio])
    func repeatingByItself(_ keyboard: InputGuest.Keyboard) throws {
        let world = try DeskWorld(.mouse, keyboard, configuration: ["input * repeat_rate 100", "input * repeat_delay 50"])
        let before = EventLoop.now()
        let held = try world.events(of: keyboard.name, count: 21, repeats: true) { try world.input.press(.a, isDown: true) }
        let passed = EventLoop.now() - before
        #expect(held.first == "1 30 1" && held.dropFirst().allSatisfy { $0 == "1 30 2" }, "\(held)")
        // Linux waits 33 ms between two (drivers/input/input.c), and we 10.
        #expect(held.count >= 21 && held.count <= passed / 33_000_000 + 2, "\(held.count) in \(passed / 1_000_000) ms")
        try world.input.press(.a, isDown: false)
        world.guest.waitForSilence()
        #expect(world.guest.events(of: keyboard.name).last == "1 30 0")
    }
}

extension DeskWorld {
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
