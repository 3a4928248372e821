// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import QEMUDisplay
import TestSupport
import Testing

@Suite("Input on its way to QEMU", .serialized, .timeLimit(.minutes(5)))
struct InputTests {
    private static let screen = PixelSize(width: 640, height: 480)

    @Test("keys go by QEMU's numbers, and one that QEMU has no number for doesn't go at all")
    func keys() throws {
        let world = try ConsoleWorld()
        for (code, isDown) in [(30, true), (30, false), (97, true), (0x1FF, true), (0, true), (97, false)] as [(UInt32, Bool)] {
            world.source.press(KeyCode(rawValue: code), isDown: isDown)
        }
        #expect(
            try world.calls(4) == ["Keyboard.Press 30", "Keyboard.Release 30", "Keyboard.Press 157", "Keyboard.Release 157"])
    }

    @Test("buttons go by the numbers that QEMU 7.2 can bear")
    func buttons() throws {
        let world = try ConsoleWorld()
        for button in PointerButton.allCases {
            world.source.press(button, isDown: true)
            world.source.press(button, isDown: false)
        }
        let numbers = [0, 1, 2, 5, 6, 3, 4, 7, 8]
        #expect(try world.calls(18) == numbers.flatMap { ["Mouse.Press \($0)", "Mouse.Release \($0)"] })
    }

    @Test("what was never pressed isn't released, and what is down isn't pressed again")
    func unpaired() throws {
        let world = try ConsoleWorld()
        world.source.press(.left, isDown: false)
        world.source.press(KeyCode(rawValue: 30), isDown: false)
        world.source.press(.left, isDown: true)
        world.source.press(.left, isDown: true)
        #expect(try world.calls(1) == ["Mouse.Press 0"])
    }

    @Test("a place goes to a guest that takes places, within the console as QEMU said last")
    func places() throws {
        let world = try ConsoleWorld.tablet()
        for point in [(0, 0), (639, 479), (640, 480), (-5, 10_000)] as [(Int32, Int32)] {
            world.source.movePointer(to: PixelPoint(x: point.0, y: point.1), screen: Self.screen)
            #expect(try world.calls(1).count == 1)
            world.source.movePointer(to: PixelPoint(x: point.0, y: point.1), screen: Self.screen)
            let x = min(max(point.0, 0), 639), y = min(max(point.1, 0), 479)
            #expect(try world.calls(1) == ["Mouse.SetAbsPosition \(x) \(y)"])
        }
        world.source.movePointer(byX: 1, y: 1)
        world.console.tell("Console", "Width", .u(320))
        world.console.tell("Console", "Height", .u(0))
        try world.loop.runForAMoment()
        world.source.movePointer(to: PixelPoint(x: 639, y: 500), screen: Self.screen)
        #expect(try world.calls(1) == ["Mouse.SetAbsPosition 639 479"])
        world.console.tell("Console", "Height", .u(200))
        try world.loop.runForAMoment()
        world.source.movePointer(to: PixelPoint(x: 639, y: 479), screen: Self.screen)
        #expect(try world.calls(1) == ["Mouse.SetAbsPosition 319 199"])
    }

    @Test("steps go to a guest that takes steps, and neither goes before QEMU has said which")
    func motion() throws {
        let world = try ConsoleWorld { $0.answersProperties = false }
        world.source.movePointer(byX: 1, y: 1)
        world.source.movePointer(to: .zero, screen: Self.screen)
        world.source.press(.left, isDown: true)
        #expect(try world.calls(1) == ["Mouse.Press 0"])
        world.console.tell("Mouse", "IsAbsolute", .b(false))
        try world.until { world.notices > 0 }
        world.source.movePointer(byX: -3, y: 4)
        world.source.movePointer(to: .zero, screen: Self.screen)
        #expect(try world.calls(1) == ["Mouse.RelMotion -3 4"])
    }

    @Test("fingers go by their slots, of which there are as many as QEMU says")
    func touch() throws {
        let world = try ConsoleWorld.tablet()
        for phase in [TouchPhase.begin, .update, .end, .begin, .cancel] {
            world.source.touch(phase, slot: 4, x: 1.5, y: 700, screen: Self.screen)
        }
        for slot in [-1, 5, .max] { world.source.touch(.begin, slot: slot, x: 0, y: 0, screen: Self.screen) }
        world.source.touch(.begin, slot: 0, x: .nan, y: .infinity, screen: Self.screen)
        #expect(try world.calls(5) == [0, 1, 2, 0, 3].map { "MultiTouch.SendEvent \($0) 4 1.5 479.0" })
    }

    @Test("the guest's abilities and lock keys are those that QEMU tells, at the start and later")
    func properties() throws {
        let world = try ConsoleWorld.tablet()
        #expect(world.source.abilities == InputAbilities(keyboard: true, absolutePointer: true, touchSlots: 5))
        #expect(world.source.locks == nil)
        world.console.tell("Keyboard", "Modifiers", .u(6))
        try world.until { world.source.locks == [.num, .caps] }
        try world.loop.runForAMoment()
        let before = world.notices
        world.console.tell("Keyboard", "Modifiers", .u(6))
        world.console.tell("Mouse", "IsAbsolute", .b(false), path: "/org/qemu/Display1/Console_1")
        world.console.tell("Mouse", "IsAbsolute", .b(true))
        try world.loop.runForAMoment()
        #expect(world.notices == before && world.source.abilities.absolutePointer)
        world.console.tell("Mouse", "IsAbsolute", .b(false))
        try world.until { world.notices > before }
        #expect(world.notices == before + 1 && !world.source.abilities.absolutePointer)
    }

    @Test("closing lets go of what is down")
    func closing() throws {
        let world = try ConsoleWorld.tablet()
        world.source.press(KeyCode(rawValue: 56), isDown: true)
        world.source.press(.right, isDown: true)
        world.source.touch(.begin, slot: 1, x: 2, y: 3, screen: Self.screen)
        #expect(try world.calls(3).count == 3)
        world.source.close()
        try world.until { world.console.calls.count == 3 }
        #expect(Set(world.console.calls) == ["Keyboard.Release 56", "Mouse.Release 2", "MultiTouch.SendEvent 3 1 0.0 0.0"])
    }

    @Test("a connection that goes takes the input with it, is told once, and leaves the picture")
    func disconnected() throws {
        let world = try ConsoleWorld.tablet()
        world.console.disconnect()
        try world.until { !world.source.abilities.keyboard }
        #expect(world.source.abilities == InputAbilities(keyboard: false, absolutePointer: false, touchSlots: 0))
        for _ in 0..<100 { world.source.press(.left, isDown: true) }
        world.source.request(DisplayMode(size: Self.screen))
        try world.loop.runForAMoment()
        #expect(!world.source.isResizable)
        #expect(
            world.log.messages == [
                "QEMU scripted: its D-Bus connection is gone: the picture goes on, but takes no more input"
            ])
        #expect(throws: Never.self) { try world.source.query(.primary) }
    }
}
