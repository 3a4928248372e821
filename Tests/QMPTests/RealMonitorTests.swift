// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Glibc
import Logging
import Planes
import TestSupport
import Testing

@testable import QMP

/// What a real QEMU makes of input by its monitor, by its own trace of what it hands to the guest's devices.
@Suite("A real QEMU's monitor", .serialized, .timeLimit(.minutes(5)))
struct RealMonitorTests {
    private let directory: TemporaryDirectory
    private let machine: VirtualMachine
    private let loop: EventLoop
    private let log = CountingLog()

    init() throws {
        directory = try TemporaryDirectory()
        machine = try VirtualMachine(
            name: "input", display: .peerToPeer, in: directory, arguments: ["-trace", "input_event_*"])
        loop = try EventLoop()
    }

    /// What the guest's devices were given, as soon as it is so many events.
    private func trace(_ count: Int) throws -> [String] {
        var events: [String] = []
        let isThere = try loop.runUntil {
            events = machine.process.output.split(separator: "\n").filter {
                $0.hasPrefix("input_event") && !$0.hasPrefix("input_event_sync")
            }.map { String($0.dropFirst("input_event_".count)) }
            return events.count >= count
        }
        try #require(isThere, "\(events) \(log.messages)")
        return events
    }

    @Test("keys, buttons and motion reach the guest's devices as they were meant, each once, and QEMU refuses none")
    func events() throws {
        let input = try QMPInput(MonitorAddress(path: machine.monitor)!, loop: loop, logger: log.logger)
        input.press(KeyCode(rawValue: 30), isDown: true)
        input.press(KeyCode(rawValue: 30), isDown: false)
        input.press(KeyCode(rawValue: 111), isDown: true)
        input.press(KeyCode(rawValue: 111), isDown: false)
        input.movePointer(byX: -5, y: 7)
        for button in PointerButton.allCases {
            input.press(button, isDown: true)
            input.press(button, isDown: false)
        }
        let buttons = ["left", "middle", "right", "side", "extra", "wheel-up", "wheel-down", "wheel-left", "wheel-right"]
        let events = try trace(24)
        #expect(events.count == 24 && log.messages.isEmpty, "\(log.messages)")
        #expect(events[0...3].map { $0.contains("qcode a, ") } == [true, true, false, false], "\(events)")
        #expect(events[0...3].map { $0.contains("qcode delete, ") } == [false, false, true, true])
        #expect(events[0...3].map { $0.hasSuffix("down 1") } == [true, false, true, false])
        #expect(events[4...5].map { $0.suffix(8) } == ["value -5", " value 7"], "\(events[4...5])")
        #expect(events[6...] == buttons.flatMap { name in [1, 0].map { "btn con -1, button \(name), down \($0)" } }[...])
        #expect(try loop.runUntil { input.isDelivered })
    }

    @Test("a further press of a key that is down reaches the guest's keyboard as one more press")
    func repeats() throws {
        let input = try QMPInput(MonitorAddress(path: machine.monitor)!, loop: loop, logger: log.logger)
        for count in 1...4 {
            input.press(KeyCode(rawValue: 30), isDown: true)
            #expect(try trace(count).allSatisfy { $0.contains("qcode a, ") && $0.hasSuffix("down 1") })
            #expect(try loop.runUntil { input.isDelivered })
        }
        input.press(KeyCode(rawValue: 30), isDown: false)
        #expect(try trace(5).map { $0.suffix(6) } == ["down 1", "down 1", "down 1", "down 1", "down 0"])
    }

    @Test("a tablet that is plugged in makes the pointer's place known, and without it there is none")
    func tablet() throws {
        // Without the PS/2 mouse, which stays the guest's until its driver has set the tablet up.
        let second = directory.file("second")
        let machine = try VirtualMachine(
            name: "tablet", display: .peerToPeer, in: directory,
            arguments: [
                "-machine", "pc,i8042=off", "-device", "qemu-xhci", "-qmp", "unix:\(second),server=on,wait=off",
            ])
        // The machine is there with its first monitor.
        let isListening = waitUntil {
            guard let socket = try? UnixSocket.connect(to: second) else { return false }
            close(socket)
            return true
        }
        #expect(isListening)
        let input = try QMPInput(MonitorAddress(path: second)!, loop: loop, logger: log.logger)
        #expect(!input.abilities.absolutePointer)
        try machine.execute(#"{"execute":"device_add","arguments":{"driver":"usb-tablet","id":"tablet"}}"#)
        #expect(try loop.runUntil { input.abilities.absolutePointer })
        try machine.execute(#"{"execute":"device_del","arguments":{"id":"tablet"}}"#)
        #expect(try loop.runUntil { !input.abilities.absolutePointer })
        #expect(log.messages.isEmpty)
    }
}
