// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc

/// A message bus of the test's own.
public final class DBusDaemon {
    public let path: String
    public var address: String { "unix:path=\(path)" }
    public let process: ChildProcess

    public init(in directory: TemporaryDirectory) throws {
        let path = directory.file("bus")
        self.path = path
        process = try ChildProcess(
            ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--address=unix:path=\(path)"], log: directory.file("bus.log")
        )
        let process = process
        let isThere = wait(forAtMost: 10) {
            guard process.isRunning, let socket = try? UnixSocket.connect(to: path) else { return !process.isRunning }
            close(socket)
            return true
        }
        guard isThere, process.isRunning else { throw TestSupportError("dbus-daemon didn't start: \(process.output)") }
    }
}
