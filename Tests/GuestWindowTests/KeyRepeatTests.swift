// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Planes
import TestCompositor
import TestSupport
import Testing
import WaylandServer

@testable import GuestInput
@testable import GuestView
@testable import GuestWindow

/// What comes of a held key over the window. When it comes is a matter of `KeyRepeat`, which has tests of its own.
@Suite("Holding a key over the window")
struct KeyRepeatTests {
    private static let a = key("a")

    private func repeating(_ behave: (inout Behaviour) -> Void = { _ in }) throws -> World {
        let world = try World.typing(behave)
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

    @Test("without a keymap every key repeats but modifiers and locks")
    func withoutKeymap() throws {
        let world = try repeating { $0.keymap = .broken("nonsense") }
        for name in ["leftshift", "capslock"] {
            world.server.press(key(name), isDown: true)
            try expectSilence(in: world)
            world.server.press(key(name), isDown: false)
        }
        try world.settle()
        _ = world.sink!.take()
        world.server.press(Self.a, isDown: true)
        try expect(4, pressesOf: Self.a, in: world)
    }

    @Test("a grab that begins leaves a held key its repeats")
    func grabBegins() throws {
        let world = try repeating()
        world.server.press(Self.a, isDown: true)
        try expect(3, pressesOf: Self.a, in: world)
        world.window.input!.setGrab(.all)
        try world.settle()
        try expect(4, pressesOf: Self.a, in: world)
    }

    @Test("another window's grab that ends leaves a held key its repeats")
    func otherGrabEnds() throws {
        let world = try repeating()
        let guest = ScriptedSource(), sink = ScriptedSink()
        guest.show(.primary, ScriptedSource.Memory(width: 320, height: 240))
        let owner = try world.openAnother(guest, input: sink)
        try world.settle()
        world.server.enterKeyboard(ofNewest: true)
        world.server.press(Self.a, isDown: true)
        func expectRepeats() throws {
            var count = 0
            #expect(
                try world.loop.runUntil {
                    _ = world.server.turn()
                    count += sink.take().count { $0 == .key(Self.a, isDown: true) }
                    return count >= 4
                })
        }
        try expectRepeats()
        world.window.input!.setGrab(.all)
        world.window.input!.setGrab(.none)
        try world.settle()
        _ = sink.take()
        try expectRepeats()
        owner.close()
    }

    @Test("where no surface has the focus, a held key wakes nobody", arguments: [false, true])
    func withoutFocus(isPressedBefore: Bool) throws {
        let world = try repeating()
        if isPressedBefore {
            world.server.press(Self.a, isDown: true)
            try expect(3, pressesOf: Self.a, in: world)
        }
        world.server.leaveKeyboard()
        try world.settle()
        if !isPressedBefore { world.server.press(Self.a, isDown: true) }
        try world.settle()
        var wakes = 0
        let end = EventLoop.now() + UInt64(Patience.moment * 1e9)
        while EventLoop.now() < end { if try world.loop.turn(waitingAtMost: 20_000_000) { wakes += 1 } }
        #expect(wakes == 0)
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
