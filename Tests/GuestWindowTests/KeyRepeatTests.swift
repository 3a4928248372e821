// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import TestCompositor
import TestSupport
import Testing
import WaylandServer

/// What comes of a held key over the window. When it comes is a matter of `KeyRepeat`, which has tests of its own.
@Suite("Holding a key over the window")
struct KeyRepeatTests {
    private static let a = key("a")

    private func repeating() throws -> World {
        let world = try World.typing()
        world.server.sendRepeatInfo(rate: 200, delay: 1)
        return world
    }

    /// Turns until the guest has this many presses more of a key, and expects nothing but presses of it.
    private func expect(_ count: Int, pressesOf key: KeyCode, in world: World) throws {
        var events: [ScriptedSink.Event] = []
        let isThere = try world.loop.runUntil {
            _ = world.server.turn()
            events += world.sink!.take()
            return events.count >= count
        }
        #expect(isThere && events.allSatisfy { $0 == .key(key, isDown: true) }, "\(events)")
    }

    /// Expects that no key repeats any more.
    private func expectSilence(in world: World) throws {
        try world.settle()
        _ = world.sink!.take()
        try world.wait(nanoseconds: 50_000_000)
        #expect(world.sink!.take() == [])
    }

    @Test("it is pressed again and again in the guest, until it comes up")
    func repeats() throws {
        let world = try repeating()
        world.server.press(Self.a, isDown: true)
        try expect(4, pressesOf: Self.a, in: world)
        world.server.press(Self.a, isDown: false)
        try expectSilence(in: world)
    }

    @Test("a key that the keymap doesn't repeat, or a compositor that wants no repeats, has it pressed once")
    func none() throws {
        let world = try repeating()
        world.server.press(key("leftshift"), isDown: true)
        try expectSilence(in: world)
        world.server.press(key("leftshift"), isDown: false)
        world.server.sendRepeatInfo(rate: 0, delay: 1)
        world.server.press(Self.a, isDown: true)
        try expectSilence(in: world)
    }

    @Test(
        "a focus that goes, a grab that ends and a keyboard that is pulled out end it", arguments: ["focus", "grab", "keyboard"])
    func ends(_ what: String) throws {
        let world = try repeating()
        if what == "grab" {
            world.sink!.abilities.absolutePointer = false
            world.sink!.announce()
            world.server.enterPointer(x: 5, y: 5)
            world.server.press(button: 0x110, isDown: true)  // BTN_LEFT
        }
        try world.settle()
        _ = world.sink!.take()
        world.server.press(Self.a, isDown: true)
        try expect(3, pressesOf: Self.a, in: world)
        switch what {
        case "focus": world.server.leaveKeyboard()
        case "grab": world.server.constrainPointer(false)
        default: world.server.change(devices: [.pointer])
        }
        try expectSilence(in: world)
    }
}
