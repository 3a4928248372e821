// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CSystemd
internal import EventLoop
internal import Glibc
internal import Planes
internal import System

/// One D-Bus connection by sd-bus: to a bus, or straight to a peer.
final class BusConnection {
    let pointer: OpaquePointer

    /// To the session bus (`$DBUS_SESSION_BUS_ADDRESS` or `$XDG_RUNTIME_DIR/bus`).
    static func sessionBus() throws(BusError) -> BusConnection {
        var bus: OpaquePointer?
        try BusMessage.check(sd_bus_open_user(&bus))
        return BusConnection(adopting: bus!)
    }

    /// To whoever listens on a Unix socket.
    static func socket(path: String) throws(BusError) -> BusConnection {
        // Everything but D-Bus's unescaped characters as %xx ("Server Addresses" in the D-Bus specification).
        let plain = Set("-_/.\\*0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        let digits = Array("0123456789abcdef")
        let escaped = path.utf8.reduce(into: "unix:path=") { text, byte in
            if plain.contains(byte) {
                text.unicodeScalars.append(UnicodeScalar(byte))
            } else {
                text += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
        let connection = try BusConnection()
        try BusMessage.check(sd_bus_set_address(connection.pointer, escaped))
        try BusMessage.check(sd_bus_start(connection.pointer))
        return connection
    }

    /// As the authentication's client, over a connected socket.
    static func peer(_ descriptor: consuming OwnedDescriptor) throws(BusError) -> BusConnection {
        let connection = try BusConnection()
        let number = descriptor.release()
        let result = sd_bus_set_fd(connection.pointer, number, number)
        if result < 0 { Glibc.close(number) }
        try BusMessage.check(result)
        sd_bus_set_connected_signal(connection.pointer, 1)
        try BusMessage.check(sd_bus_start(connection.pointer))
        return connection
    }

    private init() throws(BusError) {
        var bus: OpaquePointer?
        try BusMessage.check(sd_bus_new(&bus))
        pointer = bus!
    }

    private init(adopting pointer: OpaquePointer) { self.pointer = pointer }

    deinit {
        close()
        sd_bus_unref(pointer)
    }

    /// Without waiting for what is still to be written: the peer may be stopped.
    func close() {
        sd_bus_detach_event(pointer)
        sd_bus_close(pointer)
    }

    func attach(to loop: EventLoop) throws(BusError) {
        try BusMessage.check(sd_bus_attach_event(pointer, loop.event, Int32(SD_EVENT_PRIORITY_NORMAL)))
    }

    /// Authenticated, and greeted where sd-bus does that itself.
    var isReady: Bool { sd_bus_is_ready(pointer) > 0 }

    /// The time after which a call fails, for all calls from here on.
    func limitCalls(to nanoseconds: UInt64) { sd_bus_set_method_call_timeout(pointer, nanoseconds / 1000) }

    /// Handles one received message. Returns whether there was one.
    func processOne() throws(BusError) -> Bool {
        let result = sd_bus_process(pointer, nil)
        try BusMessage.check(result)
        return result > 0
    }

    func makeCall(
        to destination: String?, path: String, interface: StaticString, member: StaticString
    ) throws(BusError) -> BusMessage {
        var message: OpaquePointer?
        try BusMessage.check(
            sd_bus_message_new_method_call(pointer, &message, destination, path, interface.cString, member.cString))
        return BusMessage(adopting: message!)
    }

    /// Calls and waits for the reply; other messages wait meanwhile.
    func call(_ message: borrowing BusMessage) throws(BusError) -> BusMessage {
        var reply: OpaquePointer?
        var error = sd_bus_error()
        defer { sd_bus_error_free(&error) }
        let result = sd_bus_call(pointer, message.pointer, 0, &error, &reply)
        guard result >= 0, let reply else { throw BusError(error, code: -result) }
        return BusMessage(adopting: reply)
    }

    /// A property, with the message inside its variant.
    func property(
        of destination: String?, path: String, interface: StaticString, name: StaticString, type: StaticString
    ) throws(BusError) -> BusMessage {
        var reply: OpaquePointer?
        var error = sd_bus_error()
        defer { sd_bus_error_free(&error) }
        let result = sd_bus_get_property(
            pointer, destination, path, interface.cString, name.cString, &error, &reply, type.cString)
        guard result >= 0, let reply else { throw BusError(error, code: -result) }
        return BusMessage(adopting: reply)
    }

    /// Runs some connections by hand until `done` says so. Returns false where the time (CLOCK_MONOTONIC) comes first.
    static func run(
        _ connections: [BusConnection], until deadline: UInt64, _ done: () -> Bool
    ) throws(BusError) -> Bool {
        while !done() {
            var busy = false
            for connection in connections where try connection.processOne() { busy = true }
            if busy { continue }
            guard EventLoop.now() < deadline else { return false }
            var waits = connections.map { connection in
                let events = sd_bus_get_events(connection.pointer)
                return pollfd(
                    fd: sd_bus_get_fd(connection.pointer), events: Int16(truncatingIfNeeded: events), revents: 0)
            }
            poll(&waits, nfds_t(waits.count), 50)  // short: sd-bus has timeouts of its own
        }
        return true
    }
}
