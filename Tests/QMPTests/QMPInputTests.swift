// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Logging
import Planes
import TestSupport
import Testing

@testable import QMP

@Suite("Input by way of a monitor")
struct QMPInputTests {
    private static let mice = #"{"execute":"query-mice"}"#
    private static let tablet =
        #"[{"name": "mouse", "index": 2, "current": false, "absolute": false}, {"name": "tablet", "index": 3, "current": true, "absolute": true}]"#
    private static let screen = PixelSize(width: 1024, height: 768)

    /// A key of code 30 (KEY_A), as it is sent.
    private static func key(_ number: Int, _ isDown: Bool) -> String {
        #"{"execute":"input-send-event","arguments":{"events":[{"type":"key","data":{"down":\#(isDown),"key":{"type":"number","data":\#(number)}}}]}}"#
    }

    private final class Delegate: InputSinkDelegate {
        var changes = 0
        func inputSinkDidChange(_ sink: any InputSink) { changes += 1 }
    }

    private func input(_ peer: ScriptedMonitor, _ log: CountingLog = CountingLog()) throws -> QMPInput {
        try QMPInput(peer.address, loop: peer.loop, logger: log.logger)
    }

    /// One that is connected and has asked for mice.
    private func ready(_ peer: ScriptedMonitor, _ log: CountingLog = CountingLog()) throws -> QMPInput {
        let input = try input(peer, log)
        try peer.welcome()
        #expect(try peer.commands(1) == [Self.mice])
        peer.answer(Self.tablet)
        #expect(try peer.loop.runUntil { input.abilities.absolutePointer })
        return input
    }

    @Test("each thing that a device does is a command, in QEMU's words")
    func words() throws {
        let peer = try ScriptedMonitor()
        let input = try ready(peer)
        func axes(_ type: String, _ x: Int, _ y: Int) -> String {
            #"{"execute":"input-send-event","arguments":{"events":[{"type":"\#(type)","data":{"axis":"x","value":\#(x)}},{"type":"\#(type)","data":{"axis":"y","value":\#(y)}}]}}"#
        }
        func button(_ name: String, _ isDown: Bool) -> String {
            #"{"execute":"input-send-event","arguments":{"events":[{"type":"btn","data":{"down":\#(isDown),"button":"\#(name)"}}]}}"#
        }
        input.press(KeyCode(rawValue: 30), isDown: true)
        input.press(KeyCode(rawValue: 97), isDown: true)  // KEY_RIGHTCTRL
        input.press(KeyCode(rawValue: 97), isDown: false)
        input.press(KeyCode(rawValue: 700), isDown: true)  // no key of a PC's keyboard
        input.movePointer(to: PixelPoint(x: 0, y: 767), screen: Self.screen)
        input.movePointer(byX: -3, y: 4)
        #expect(
            try peer.commands(5) == [
                Self.key(30, true), Self.key(0x9D, true), Self.key(0x9D, false), axes("abs", 16, 32746), axes("rel", -3, 4),
            ])
        for id in 3...7 { peer.say("{\"return\": {}, \"id\": \(id)}") }
        let names = ["left", "middle", "right", "side", "extra", "wheel-up", "wheel-down", "wheel-left", "wheel-right"]
        for (each, name) in zip(PointerButton.allCases, names) {
            input.press(each, isDown: true)
            input.press(each, isDown: false)
            #expect(try peer.commands(2) == [button(name, true), button(name, false)])
            for id in [peer.lastID - 1, peer.lastID] { peer.say("{\"return\": {}, \"id\": \(id)}") }
        }
    }

    @Test("whether the pointer has a place follows the guest's present mouse, asked again and again")
    func mice() throws {
        let peer = try ScriptedMonitor()
        let input = try input(peer)
        let delegate = Delegate()
        input.inputDelegate = delegate
        #expect(!input.abilities.absolutePointer && input.abilities.touchSlots == 0 && input.locks == nil)
        try peer.welcome()
        for (answer, isAbsolute, changes) in [
            (Self.tablet, true, 1), (Self.tablet, true, 1), ("[]", false, 2), ("[{\"current\": 1}, 7, null]", false, 2),
            ("{}", false, 2),
        ] {
            #expect(try peer.commands(1) == [Self.mice])
            peer.answer(answer)
            try peer.loop.settle()
            #expect(input.abilities.absolutePointer == isAbsolute && delegate.changes == changes)
        }
    }

    @Test("a monitor that answers nothing is sent a handful of commands; the rest is kept within bounds until it runs again")
    func stopped() throws {
        let peer = try ScriptedMonitor()
        let input = try ready(peer)
        for place in 0..<10_000 {
            input.movePointer(to: PixelPoint(x: Int32(place % 1000), y: 0), screen: Self.screen)
            input.press(KeyCode(rawValue: 30), isDown: place % 2 == 0)
        }
        let first = try peer.commandsOfAMoment()
        #expect(first.count <= InputQueue.mostUnanswered)
        #expect(input.queue.waiting.count <= InputQueue.mostWaiting + 1)
        // It runs again: A ends up released.
        var last: [String] = []
        for id in 1...peer.lastID { peer.say("{\"return\": {}, \"id\": \(id)}") }
        try peer.loop.settle()
        while !input.isDelivered {
            last = try peer.commands(1)
            try #require(!last.isEmpty)
            peer.answer()
            try peer.loop.settle()
        }
        #expect(last == [Self.key(30, false)] || last == [Self.mice], "\(last)")
    }

    @Test("a monitor that goes is told once and looked for; its return is told, and nothing of before is sent")
    func back() throws {
        let peer = try ScriptedMonitor(), log = CountingLog()
        let input = try ready(peer, log)
        // More than is sent without an answer.
        for code in 2..<UInt32(60) { input.press(KeyCode(rawValue: code), isDown: true) }
        #expect(!input.queue.waiting.isEmpty)
        peer.leave()
        #expect(try peer.loop.runUntil { log.messages.count == 1 })
        input.press(KeyCode(rawValue: 30), isDown: true)
        try peer.loop.run(for: 1)
        #expect(
            log.messages
                == ["\(peer.address): the monitor has gone: restart its QEMU; there is no input until it is back"])
        try peer.listen()
        let connected = try peer.loop.runUntil { if case .connected = input.life { true } else { false } }
        #expect(connected)
        try peer.welcome()
        #expect(try peer.commands(1) == [Self.mice])
        input.press(KeyCode(rawValue: 88), isDown: true)
        #expect(try peer.commands(1) == [Self.key(0x58, true)])
        #expect(log.messages.count == 2 && log.messages[1].hasPrefix("\(peer.address): the monitor is back after "))
        input.close()
        try peer.loop.settle()
        input.press(KeyCode(rawValue: 88), isDown: false)
        #expect(try peer.commandsOfAMoment() == [])
    }

    @Test(
        "a peer that is no monitor, or a hostile one, ends the connection with a line, and nothing else",
        arguments: [
            "HTTP/1.1 400 Bad Request\r\n", "{\"QMP\": {}}{\"QMP\": {}}", "{}", "{\"error\": {}}",
            "{\"a\":\"" + String(repeating: "x", count: 1 << 17), "{\"a\":" + String(repeating: "[", count: 5000),
            "{\"return\": {}, \"id\": 1.5}", "{\"event\": \"\u{7}\"}",
        ])
    func hostile(_ text: String) throws {
        let peer = try ScriptedMonitor(), log = CountingLog()
        let input = try input(peer, log)
        peer.accept()
        peer.say(text)
        #expect(try peer.loop.runUntil { log.messages.count == 1 })
        input.press(KeyCode(rawValue: 30), isDown: true)
        #expect(!input.isDelivered && input.queue.waiting.isEmpty)
    }

    @Test("a monitor that greets again when it has long been used is none: it could be another behind the same socket")
    func greetsAgain() throws {
        let peer = try ScriptedMonitor(), log = CountingLog()
        let input = try ready(peer, log)
        peer.say(ScriptedMonitor.greeting)
        #expect(try peer.loop.runUntil { log.messages.count == 1 })
        #expect(log.messages.first?.contains("it greets twice") == true, "\(log.messages)")
        input.press(KeyCode(rawValue: 30), isDown: true)
        #expect(try peer.commandsOfAMoment() == [])
    }

    @Test("answers to nothing, events without end and messages in pieces are let go by")
    func noise() throws {
        let peer = try ScriptedMonitor(), log = CountingLog()
        let input = try ready(peer, log)
        for _ in 0..<2000 {
            peer.say("{\"event\": \"RTC_CHANGE\",\r\n \"data\": {\"offset\": 0}}\r\n{\"return\": [], \"id\": 999}")
            try peer.loop.turn(waitingAtMost: 0)
        }
        input.press(KeyCode(rawValue: 30), isDown: true)
        #expect(try peer.commands(1) == [Self.key(30, true)])
        peer.refuse("no such\\nkey")
        #expect(try peer.loop.runUntil { log.messages.count == 1 })
    }

    @Test("a monitor that isn't there, or not ours to use, is one line with what to do")
    func missing() throws {
        let directory = try TemporaryDirectory()
        func message(_ path: String) -> String {
            do throws(SourceError) {
                _ = try QMPInput(
                    MonitorAddress(path: path)!, loop: try! EventLoop(), logger: Logger(label: "test"))
                return "opened"
            } catch { return error.message }
        }
        let path = directory.file("none")
        #expect(
            message(path)
                == "qmp:\(path): there is no such socket: start QEMU with -qmp unix:/SOCKET,server=on,wait=off")
        let left = try ScriptedMonitor()
        #expect(message(left.path) == "opened")
        #expect(
            message("/dev/null")
                == "qmp:/dev/null: nobody listens on this socket: start QEMU with -qmp unix:/SOCKET,server=on,wait=off")
    }

    @Test(
        "the URL is a socket's absolute path",
        arguments: [
            ("qmp:/run/vm.sock", "/run/vm.sock"), ("qmp:/a%20b", "/a b"), ("qmp:run/vm.sock", nil), ("qmp:", nil),
            ("qmp:/a%2", nil), ("qmp:/a%00", nil), ("qmp:/" + String(repeating: "x", count: 107), nil), ("/run/vm.sock", nil),
        ] as [(String, String?)])
    func address(_ url: String, _ path: String?) throws {
        #expect((try? MonitorAddress(url: url))?.path == path)
    }
}
