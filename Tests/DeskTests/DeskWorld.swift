// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import TestSupport

/// A desk at which somebody sits: a real guest in a real QEMU, shown full screen by the built program on a real sway of the guest's
/// size, and a keyboard and a mouse on sway's seat.
final class DeskWorld {
    let sway: Sway
    let guest: InputGuest
    let input: VirtualInput
    let viewer: ChildProcess
    private let bus: DBusDaemon
    private let pointer: InputGuest.Pointer
    private let keyboard: InputGuest.Keyboard

    /// A shortcut of sway's own. Without the first line sway would begin on the workspace that its bindings name.
    static let shortcut = ["workspace 1 output HEADLESS-1", "bindsym Mod4+b workspace 2"]

    /// - Parameter companion: what the guest does of a desktop; the window then shares its clipboard, or asks it to take its size.
    init(
        _ pointer: InputGuest.Pointer, _ keyboard: InputGuest.Keyboard = .ps2, with companion: InputGuest.Companion? = nil,
        configuration: [String] = []
    ) throws {
        self.pointer = pointer
        self.keyboard = keyboard
        sway = try Sway(width: InputGuest.screen.width, height: InputGuest.screen.height, configuration: configuration)
        input = try VirtualInput(sway)
        bus = try DBusDaemon(in: sway.directory)
        let pointing = pointer.equipment
        let equipment = InputGuest.Equipment(
            arguments: pointing.arguments + keyboard.arguments,
            deviceCount: pointing.deviceCount + (keyboard == .ps2 ? 0 : 1))
        guest = try InputGuest(equipment, with: companion, bus: bus, in: sway.directory)
        viewer = try sway.oriel(
            ["view", "qemu:unix:path=\(bus.path)", "--fullscreen", "--resize", companion == .follow ? "guest" : "picture"]
                + (companion == .agent ? ["--clipboard"] : []))
        try knock()
    }

    /// Presses a key until the guest has it: then the window has the focus, and knows what its guest takes.
    private func knock() throws {
        let isHeard = waitUntil(every: 0.2) {
            try? input.tap(.leftControl)
            return !guest.events(of: keyboard.name).isEmpty
        }
        guard isHeard else { throw TestSupportError("the guest hears no key: \(viewer.output)") }
        guest.waitForSilence()
    }

    /// What a device reports from `body` on, when that is as many events as `count`, or after ``Patience/limit``.
    ///
    /// - Parameter repeats: whether repeats of keys that are down count as well, which a guest's kernel may make by itself.
    func events(
        of device: String, count: Int, repeats: Bool = false, during body: () throws -> Void
    ) throws -> [String] {
        func events() -> [String] {
            guest.events(of: device).filter { repeats || $0.wholeMatch(of: #/1 \d+ 2/#) == nil }
        }
        let before = events().count
        try body()
        _ = waitUntil { events().count >= before + count }
        return Array(events().dropFirst(before))
    }

    /// How far a device moves along each of its relative axes from `body` on, when that is `expected`, or after ``Patience/limit``.
    /// QEMU adds up what a guest hasn't read yet, so that the number of events is the guest's affair.
    ///
    /// - Returns: the sum of an axis's values by its name, which is EV_REL and its code: `2 8` is REL_WHEEL.
    func travel(
        of device: String, until expected: [String: Int], during body: () throws -> Void
    ) throws -> [String: Int] {
        let before = guest.events(of: device).count
        func travel() -> [String: Int] {
            guest.events(of: device).dropFirst(before).reduce(into: [:]) { sums, event in
                let words = event.split(separator: " ")
                guard words.count == 3, words[0] == "2", let value = Int(words[2]) else { return }
                sums["2 \(words[1])", default: 0] += value
            }
        }
        try body()
        _ = waitUntil { travel() == expected }
        return travel()
    }

    /// Types text and Enter, no faster than the guest reads: its keyboard controller holds 16 bytes.
    func type(_ text: String) throws {
        for character in text {
            guard let key = Key(Character(character.lowercased())) else { throw TestSupportError("no key for \(character)") }
            if character.isUppercase { try input.press(.leftShift, isDown: true) }
            try tap(key)
            if character.isUppercase { try input.press(.leftShift, isDown: false) }
        }
        try tap(.enter)
    }

    private func tap(_ key: Key) throws { _ = try events(of: InputGuest.keyboard, count: 2) { try input.tap(key) } }

    /// Puts the pointer somewhere until the guest's tablet is at `place`, which it says in 32767ths of its screen; a window that has
    /// just got another scale may need a moment. Returns where the tablet is.
    func point(atX x: Int, y: Int, until place: TabletPlace) throws -> TabletPlace? {
        _ = waitUntil(every: 0.2) {
            try? input.place(x: x, y: y)
            return guest.tabletPlace(pointer.name) == place
        }
        return guest.tabletPlace(pointer.name)
    }
}

/// Where a tablet is (ABS_X, ABS_Y).
struct TabletPlace: Equatable {
    let x, y: Int
}

extension TabletPlace {
    /// What QEMU makes of a pixel: the whole part of its share of 32767 (`qemu_input_scale_axis` in QEMU's ui/input.c).
    init(pixelX x: Int, y: Int, of screen: (width: Int, height: Int) = InputGuest.screen) {
        self.init(x: x * 32767 / screen.width, y: y * 32767 / screen.height)
    }
}
