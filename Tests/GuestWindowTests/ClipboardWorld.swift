// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Glibc
import GuestInput
import Logging
import Planes
import TestCompositor
import TestSupport

@testable import GuestView
@testable import GuestWindow
@testable import Surfaces

/// A window on the test compositor whose guest's clipboard is shared with it.
final class ClipboardWorld {
    let world: World
    private(set) var host: HostClipboard?
    let guest = ScriptedClipboard()

    init(limit: Int = 1 << 24, isFocused: Bool = true, _ behave: (inout Behaviour) -> Void = { _ in }) throws {
        signal(SIGPIPE, SIG_IGN)  // as the command does
        world = try World.showing(ScriptedSource.Memory(width: 320, height: 240), behave)
        host = try world.desktop.makeClipboard(
            limit: limit, loop: world.loop, log: Logger(label: "test") { [log = world.log] _ in log })
        host?.attach(guest)
        try world.settle()
        if isFocused { world.server.enterKeyboard() }
        guard try told() == ["open"] else { throw TestSupportError("not opened") }
        _ = world.server.takeRequests()
    }

    func end() { host = nil }

    /// What the guest was told since the last call, when everything has come to rest.
    func told() throws -> [String] {
        try world.settle()
        return guest.take()
    }

    /// What the compositor was asked since the last call, without serials and random marks.
    func requests() throws -> [String] {
        try world.requests().map {
            $0.replacing(#/oriel-guest-[0-9a-f]+/#, with: "oriel-guest-MARK").replacing(#/(set_selection\(\w+), \d+/#) {
                "\($0.1)"
            }
        }
    }

    /// Lets the next program whose clipboard is asked for write, and close. Returns the type that it was asked for.
    func answer(_ bytes: [UInt8]) throws -> String? {
        try world.settle()
        guard let receiver = world.server.takeReceiver() else { return nil }
        write(receiver.descriptor, bytes, bytes.count)
        close(receiver.descriptor)
        return receiver.type
    }

    /// Turns both sides until it holds; false if it never does.
    func until(_ condition: () throws -> Bool) throws -> Bool {
        try world.loop.runUntil {
            try world.settle()
            return try condition()
        }
    }

    /// All that comes from a pipe, as both sides turn; the pipe is closed.
    func read(_ descriptor: CInt) throws -> [UInt8] {
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        defer { close(descriptor) }
        var bytes: [UInt8] = [], portion = [UInt8](repeating: 0, count: 1 << 16)
        let isWhole = try until {
            let count = Glibc.read(descriptor, &portion, portion.count)
            if count > 0 { bytes += portion.prefix(count) }
            return count == 0
        }
        guard isWhole else { throw TestSupportError("the pipe isn't closed after \(bytes.count) bytes") }
        return bytes
    }
}
