// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Logging
import Planes
import System
import TestSupport

@testable import QEMUDisplay

extension QEMUDisplay {
    /// A display with its console at the other end of a socket, on which QEMU is the authentication's server.
    convenience init(
        name: String, listener: consuming OwnedDescriptor, console: consuming OwnedDescriptor, loop: EventLoop, logger: Logger
    ) throws {
        try self.init(name: name, listener: listener, loop: loop, logger: logger)
        let connection = try BusConnection(over: console)
        try connection.attach(to: loop)
        let machine = Machine(name: name, consoles: [0], connection: connection)
        try control(Console(machine, number: 0))
        clipboard = QEMUClipboard(machine, loop: loop, logger: logger)
    }

    /// Opens the console that the address names, and turns the loop until that is done.
    static func opened(
        _ address: QEMUAddress, patience: UInt64? = nil, loop: EventLoop,
        logger: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    ) throws -> QEMUDisplay {
        try opened(address, .addressed, patience, loop, logger)[0]
    }

    /// Opens all display devices' consoles.
    static func allOpened(_ address: QEMUAddress, loop: EventLoop) throws -> [QEMUDisplay] {
        try opened(address, .all, nil, loop, Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    private static func opened(
        _ address: QEMUAddress, _ consoles: QEMUOpening.Consoles, _ patience: UInt64?, _ loop: EventLoop, _ logger: Logger
    ) throws -> [QEMUDisplay] {
        var result: Result<[Guest], SourceError>?
        let opening = QEMUOpening(address, consoles: consoles, patience: patience, loop: loop, logger: logger) { result = $0 }
        defer { opening.cancel() }
        guard try loop.runUntil({ result != nil }), let result else { throw TestSupportError("it never ends") }
        return try result.get().map { guest in
            guard let display = guest.planes as? QEMUDisplay, guest.input === display, guest.modes === display,
                let clipboard = guest.clipboard, clipboard === display.clipboard
            else { throw TestSupportError("a guest isn't whole") }
            return display
        }
    }
}
