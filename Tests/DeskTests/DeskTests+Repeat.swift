// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import TestSupport
import Testing

/// Keys that are held.
extension DeskTests {
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
