// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Glibc
import Planes
import QEMUDisplay
import System
import TestSupport
import Testing

@testable import QEMUDisplay

@Suite("A console that is hostile or broken", .serialized, .timeLimit(.minutes(5)))
struct HostileConsoleTests {
    @Test("properties of wrong types count as not told, and numbers without sense are brought to some")
    func properties() throws {
        let world = try ConsoleWorld { console in
            console.properties = [
                "Console": [("Width", .s("wide")), ("Height", .u(.max)), ("Label", .u(7)), ("Nothing", .t(1))],
                "Keyboard": [("Modifiers", .u(.max))], "Mouse": [("IsAbsolute", .s("true"))],
                "MultiTouch": [("MaxSlots", .i(.max))],
            ]
        }
        try world.until { world.source.locks == [.scroll, .num, .caps] && world.source.abilities.touchSlots == 32 }
        #expect(!world.source.abilities.absolutePointer)
        world.source.movePointer(byX: 1, y: 1)
        world.source.movePointer(to: .zero, screen: PixelSize(width: 1, height: 1))
        world.console.tell("MultiTouch", "MaxSlots", .i(.min))
        try world.until { world.source.abilities.touchSlots == 0 }
        world.source.touch(.begin, slot: 0, x: 0, y: 0, screen: PixelSize(width: 1, height: 1))
        world.console.tell("Mouse", "IsAbsolute", .u(1))
        world.console.tell("Keyboard", "Modifiers", .i(1))
        world.console.tellNonsense()
        world.source.press(.left, isDown: true)
        #expect(try world.calls(1) == ["Mouse.Press 0"])
        #expect(world.source.locks == [.scroll, .num, .caps])
    }

    @Test("answers that never come hold back what follows; when they come, what is still true is sent")
    func silence() throws {
        let world = try ConsoleWorld.tablet()
        world.console.answer = .withheld
        let screen = PixelSize(width: 640, height: 480)
        for step in Int32(0)..<20_000 {
            world.source.movePointer(to: PixelPoint(x: step % 640, y: 0), screen: screen)
            world.source.press(KeyCode(rawValue: 30), isDown: step % 2 == 0)
        }
        let sent = try world.calls(InputQueue.mostUnanswered)
        #expect(sent.count == InputQueue.mostUnanswered)
        world.console.answer = .done
        world.console.answerWithheld()
        let rest = try world.calls(1)
        #expect(rest.count <= InputQueue.mostWaiting + 1)
        let presses = (sent + rest).filter { $0.hasPrefix("Keyboard") }
        #expect(presses.last == "Keyboard.Release 30")
        #expect(zip(presses, presses.dropFirst()).allSatisfy { $0 != $1 })
    }

    @Test("a flood of changes is told in few notices")
    func flood() throws {
        let world = try ConsoleWorld.tablet()
        let before = world.notices
        for step in UInt32(0)..<2000 { world.console.tell("Keyboard", "Modifiers", .u(step % 8)) }
        world.console.tell("MultiTouch", "MaxSlots", .i(3))
        try world.until { world.source.abilities.touchSlots == 3 }
        #expect(world.source.locks == [.scroll, .num, .caps])
        #expect(world.notices - before <= 2001)
    }

    @Test("a console that refuses everything doesn't fill the log")
    func refusals() throws {
        let world = try ConsoleWorld { $0.answer = .error("org.qemu.Display1.Error.Invalid") }
        for step in 0..<90 { world.source.press(.left, isDown: step % 2 == 0) }
        #expect(try world.calls(90).count == 90)
        #expect((1...10).contains(world.log.messages.count))
        #expect(world.log.messages.first == "QEMU scripted refuses Press: a test's whim")
    }

    @Test("text that isn't UTF-8, or has a NUL in it, isn't believed", arguments: [0xFF, 0x00] as [UInt8])
    func text(byte: UInt8) throws {
        let raw = try RawConsole()
        raw.send(label: Array("good".utf8))
        #expect(try raw.loop.runUntil { raw.source.controls?.watch.properties.label == "good" })
        raw.send(label: [UInt8(ascii: "V"), byte, UInt8(ascii: "A")])
        raw.send(label: Array("better".utf8))
        _ = try raw.loop.runUntil {
            raw.source.controls?.watch.properties.label == "better" || !raw.source.abilities.keyboard
        }
        // sd-bus may end a connection on which such a thing comes.
        let isConnected = raw.source.abilities.keyboard
        #expect(raw.source.controls?.watch.properties.label == (isConnected ? "better" : "good"))
        raw.source.press(.left, isDown: true)
        try raw.loop.runForAMoment()
    }
}

/// A console that writes its bytes itself, since sd-bus would send no such text.
private final class RawConsole {
    let loop: EventLoop
    let source: QEMUDisplay
    let log = CountingLog()
    private let socket: CInt
    private let listener: CInt

    init() throws {
        loop = try EventLoop()
        var ends: [CInt] = [-1, -1, -1, -1]
        for index in [0, 2] { _ = ends.withUnsafeMutableBufferPointer { socketpair(AF_UNIX, 1, 0, $0.baseAddress! + index) } }
        (socket, listener) = (ends[1], ends[3])
        source = try QEMUDisplay(
            name: "raw", listener: OwnedDescriptor(adopting: ends[2]), console: OwnedDescriptor(adopting: ends[0]), loop: loop,
            logger: log.logger)
        // The server's lines of D-Bus's EXTERNAL authentication; the client sends its own without waiting.
        write("DATA\r\nOK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\n".utf8.map { $0 })
        try loop.runForAMoment()
    }

    deinit {
        close(socket)
        close(listener)
    }

    private func write(_ bytes: [UInt8]) { Glibc.write(socket, bytes, bytes.count) }

    /// PropertiesChanged of the console's Label, in D-Bus's marshalling ("Message Protocol" in the D-Bus specification).
    func send(label: [UInt8]) {
        var body = Self.string("org.qemu.Display1.Console")
        var dictionary: [UInt8] = Self.string("Label") + [1, UInt8(ascii: "s"), 0]
        while dictionary.count % 4 != 0 { dictionary.append(0) }
        dictionary += Self.word(UInt32(label.count)) + label + [0]
        while body.count % 4 != 0 { body.append(0) }
        body += Self.word(UInt32(dictionary.count))
        while body.count % 8 != 0 { body.append(0) }
        body += dictionary
        while body.count % 4 != 0 { body.append(0) }
        body += Self.word(0)

        var fields: [UInt8] = []
        for (code, type, text) in [
            (1, "o", "/org/qemu/Display1/Console_0"), (2, "s", "org.freedesktop.DBus.Properties"), (3, "s", "PropertiesChanged"),
        ] as [(UInt8, String, String)] {
            while fields.count % 8 != 0 { fields.append(0) }
            fields += [code, 1, type.utf8.first!, 0] + Self.string(text)
        }
        while fields.count % 8 != 0 { fields.append(0) }
        fields += [8, 1, UInt8(ascii: "g"), 0, 8] + "sa{sv}as".utf8 + [0]
        var message: [UInt8] = [UInt8(ascii: "l"), 4, 1, 1] + Self.word(UInt32(body.count)) + Self.word(1)
        message += Self.word(UInt32(fields.count)) + fields
        while message.count % 8 != 0 { message.append(0) }
        write(message + body)
    }

    private static func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

    private static func string(_ text: String) -> [UInt8] {
        word(UInt32(text.utf8.count)) + Array(text.utf8) + [0]
    }
}
