// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Glibc
import TestSupport
import Testing

/// A monitor through the built program: QEMU's own trace tells what the guest was given.
@Suite("A QEMU's monitor by command", .serialized, .timeLimit(.minutes(5)))
struct MonitorViewerTests {
    @Test("keys are sent by it, in order and each once, and a second program on it is told so")
    func send() throws {
        let weston = try Weston(width: 320, height: 200)
        let machine = try VirtualMachine(
            name: "keys", display: .peerToPeer, in: weston.directory, arguments: ["-trace", "input_event_key_qcode"])
        // A window that has it: whoever comes second gives up.
        let viewer = try weston.oriel(["view", "demo:?rate=0", "--input", "qmp:\(machine.monitor)"])
        #expect(waitUntil { viewer.output.contains(": path ") }, "\(viewer.output)")
        let second = try weston.oriel(["send", "qmp:\(machine.monitor)", "a", "--timeout", "1"])
        #expect(second.waitForEnd() == 69, "\(second.output)")
        viewer.signal(SIGTERM)
        #expect(viewer.waitForEnd() == 0, "\(viewer.output)")
        let sender = try weston.oriel(["send", "qmp:\(machine.monitor)", "ctrl+alt+delete"])
        #expect(sender.waitForEnd() == 0 && sender.output.isEmpty, "\(sender.output)")
        let events = machine.process.output.split(separator: "\n").filter { $0.contains("qcode ") }.map {
            $0.split(separator: " ").suffix(3).joined(separator: " ")
        }
        #expect(
            events == [
                "ctrl, down 1", "alt, down 1", "delete, down 1", "delete, down 0", "alt, down 0", "ctrl, down 0",
            ])
    }

    @Test("a window whose VM isn't there yet waits for its monitor too; one that isn't to wait is told what is missing")
    func awaited() throws {
        let weston = try Weston(width: 320, height: 200)
        let path = weston.directory.file("late.qmp")
        let strict = try weston.oriel(["view", "demo:?rate=0", "--input", "qmp:\(path)"])
        #expect(strict.waitForEnd() == 69 && strict.output.contains("there is no such socket"), "\(strict.output)")
        let viewer = try weston.oriel(["view", "demo:?rate=0", "--wait", "--input", "qmp:\(path)"])
        #expect(waitUntil { viewer.output.contains("there is no such socket") }, "\(viewer.output)")
        let machine = try VirtualMachine(name: "late", display: .peerToPeer, in: weston.directory, arguments: ["-S"])
        #expect(machine.monitor == path)
        #expect(waitUntil { viewer.output.contains("the monitor is back after ") }, "\(viewer.output)")
        viewer.signal(SIGTERM)
        #expect(viewer.waitForEnd() == 0, "\(viewer.output)")
    }
}
