// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CSystemd
internal import Glibc

/// A message bus for one test.
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
        let isThere = waitUntil {
            guard process.isRunning, let socket = try? UnixSocket.connect(to: path) else { return !process.isRunning }
            close(socket)
            return true
        }
        guard isThere, process.isRunning else { throw TestSupportError("dbus-daemon didn't start: \(process.output)") }
    }

    /// The number of connections that own a name or wait for it in its queue.
    static func owners(of name: String, onBusAt address: String) -> Int {
        var bus: OpaquePointer?
        sd_bus_new(&bus)
        defer { sd_bus_close_unref(bus) }
        sd_bus_set_address(bus, address)
        sd_bus_set_bus_client(bus, 1)
        guard sd_bus_start(bus) >= 0 else { return 0 }
        var message: OpaquePointer?, reply: OpaquePointer?
        sd_bus_message_new_method_call(
            bus, &message, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ListQueuedOwners")
        defer { sd_bus_message_unref(message) }
        name.withCString { _ = sd_bus_message_append_basic(message, CChar(UInt8(ascii: "s")), $0) }
        guard sd_bus_call(bus, message, 2_000_000, nil, &reply) >= 0 else { return 0 }
        defer { sd_bus_message_unref(reply) }
        sd_bus_message_enter_container(reply, CChar(UInt8(ascii: "a")), "s")
        var count = 0
        while sd_bus_message_skip(reply, "s") > 0 { count += 1 }
        return count
    }
}
