// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Glibc
import Logging
import Planes
import TestSupport
import Testing

@testable import QEMUDisplay

/// A real QEMU's own side of the clipboard, by its own trace; its guest has no agent.
@Suite("A real QEMU's clipboard", .serialized, .timeLimit(.minutes(5)))
final class RealClipboardTests: GuestClipboardDelegate {
    private static let arguments = ["-trace", "dbus_clipboard_*", "-trace", "clipboard_*"]
    private static let text = "text/plain;charset=utf-8"
    private var told: [String] = []

    func guestClipboard(_ clipboard: any GuestClipboard, has kinds: Set<ClipboardKind>) { told.append("has \(kinds)") }

    func guestClipboard(_ clipboard: any GuestClipboard, wants kinds: Set<ClipboardKind>) { told.append("wants \(kinds)") }

    func guestClipboard(
        _ clipboard: any GuestClipboard, gave kind: ClipboardKind, _ content: Result<ClipboardContent, ClipboardFault>
    ) { told.append("gave \(kind)") }

    private func trace(_ world: RealInputTests.World, _ words: String) -> Int {
        world.machine.process.output.split(separator: "\n").count { $0.contains(words) }
    }

    private func warnings(_ world: RealInputTests.World) -> [String] {
        world.log.messages.filter { $0.contains("clipboard") || $0.contains("Clipboard") }
    }

    @Test("it registers one viewer at a time, and takes each grab of it")
    func register() throws {
        let world = try RealInputTests.World(Self.arguments)
        let clipboard = try #require(world.source.clipboard)
        clipboard.open(for: self, limit: 100)
        #expect(try world.loop.runUntil { trace(world, "dbus_clipboard_register") == 1 })
        // QEMU says so before it has answered.
        try world.loop.runForAMoment()
        for _ in 0..<3 { clipboard.offer([.text, .png]) }
        #expect(try world.loop.runUntil { trace(world, "clipboard_check_serial") == 3 })
        #expect(trace(world, "dbus_clipboard_grab_failed") == 0 && warnings(world).isEmpty)
        let address = QEMUAddress(endpoint: .socket(path: world.bus.path))
        let second = try QEMUDisplay.opened(address, loop: world.loop, logger: world.log.logger)
        second.clipboard?.open(for: self, limit: 100)
        #expect(try world.loop.runUntil { !warnings(world).isEmpty })
        #expect(
            warnings(world) == [
                "QEMU input: its clipboard isn't shared (Clipboard peer already registered!): close other viewers of this VM"
            ])
        clipboard.close()
        let third = try QEMUDisplay.opened(address, loop: world.loop, logger: world.log.logger)
        third.clipboard?.open(for: self, limit: 100)
        #expect(try world.loop.runUntil { trace(world, "dbus_clipboard_register") == 2 })
        third.clipboard?.offer([.text])
        #expect(try world.loop.runUntil { trace(world, "clipboard_check_serial") == 4 })
        #expect(trace(world, "dbus_clipboard_grab_failed") == 0 && warnings(world).count == 1 && told.isEmpty)
    }

    @Test("a viewer that had little patience with the opening has enough with a QEMU that is stopped for a moment")
    func patience() throws {
        let world = try RealInputTests.World(Self.arguments)
        let address = QEMUAddress(endpoint: .socket(path: world.bus.path))
        let source = try QEMUDisplay.opened(address, patience: 500_000_000, loop: world.loop, logger: world.log.logger)
        world.machine.process.signal(SIGSTOP)
        source.clipboard?.open(for: self, limit: 100)
        try world.loop.run(for: 1)
        world.machine.process.signal(SIGCONT)
        #expect(try world.loop.runUntil { trace(world, "dbus_clipboard_register") == 1 })
        source.clipboard?.offer([.text])
        #expect(try world.loop.runUntil { trace(world, "clipboard_check_serial") == 1 })
        #expect(warnings(world).isEmpty, "\(warnings(world))")
    }

    @Test("nobody else on its bus reaches the host's clipboard")
    func stranger() throws {
        let world = try RealInputTests.World(Self.arguments)
        let clipboard = try #require(world.source.clipboard)
        clipboard.open(for: self, limit: 100)
        clipboard.offer([.text])
        #expect(try world.loop.runUntil { trace(world, "clipboard_check_serial") == 1 })
        let address = QEMUAddress(endpoint: .socket(path: world.bus.path))
        var findings: Result<MachineSearch.Findings, SourceError>?
        let search = MachineSearch(address, .everything, patience: Patience.nanoseconds, loop: world.loop) { findings = $0 }
        #expect(try world.loop.runUntil { findings != nil })
        let stranger = try #require(try findings?.get().machines.first)
        withExtendedLifetime(search) {}
        // Unique names are counted. Each of the attempts to reach a bus that isn't there yet may have had one.
        var denied = 0
        var calls: [PendingCall] = []
        for number in 0..<1000 {
            let message = try stranger.connection.makeCall(
                to: ":1.\(number)", path: "\(QEMUClipboard.path)", interface: QEMUClipboard.interface, member: "Request")
            try message.append(QEMUClipboard.selection)
            try message.append([StaticString("text/plain;charset=utf-8")])
            calls.append(
                try PendingCall(message, on: stranger.connection) { call, _ in
                    guard case .failure(let error) = call.outcome else { return }
                    if error.name == "org.freedesktop.DBus.Error.AccessDenied", error.message.contains("its viewer") {
                        denied += 1
                    }
                })
        }
        #expect(try world.loop.runUntil { calls.allSatisfy { $0.outcome != nil } })
        #expect(denied == 1 && told.isEmpty)
    }
}
