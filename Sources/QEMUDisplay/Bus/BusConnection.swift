// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CSystemd
internal import EventLoop
internal import Glibc
internal import System

/// A D-Bus connection over sd-bus, to a bus or straight to a peer. Nothing here waits: the authentication goes on in the loop that
/// the connection is attached to, and ends with the signal ``connected`` or ``disconnected``.
final class BusConnection {
    let pointer: OpaquePointer

    /// The time after which a call fails that has no limit of its own, in microseconds. sd-bus's default is 25 s.
    private static let callPatience: UInt64 = 4_000_000

    /// Connects to the session bus (`$DBUS_SESSION_BUS_ADDRESS` or `$XDG_RUNTIME_DIR/bus`), which sd-bus greets by itself.
    ///
    /// - Throws: EAGAIN where the bus's queue of connections is full.
    static func sessionBus() throws(BusError) -> BusConnection {
        let connection = try BusConnection()
        try BusMessage.check(sd_bus_set_bus_client(connection.pointer, 1))
        if let address = getenv("DBUS_SESSION_BUS_ADDRESS") {
            try BusMessage.check(sd_bus_set_address(connection.pointer, address))
            try connection.start()
        } else if let directory = getenv("XDG_RUNTIME_DIR") {
            try connection.start(over: try socket(at: "\(String(cString: directory))/bus"))
        } else {
            throw BusError(code: ENOMEDIUM)
        }
        return connection
    }

    /// Connects to a bus or a peer that listens on a Unix socket.
    ///
    /// - Throws: EAGAIN where its queue of connections is full.
    convenience init(path: String) throws(BusError) { try self.init(over: try Self.socket(at: path)) }

    /// Authenticates as the client, over a connected socket.
    convenience init(over descriptor: consuming OwnedDescriptor) throws(BusError) {
        try self.init()
        try start(over: descriptor)
    }

    private init() throws(BusError) {
        var bus: OpaquePointer?
        try BusMessage.check(sd_bus_new(&bus))
        pointer = bus!
        sd_bus_set_connected_signal(pointer, 1)
        sd_bus_set_method_call_timeout(pointer, Self.callPatience)
    }

    deinit {
        close()
        sd_bus_unref(pointer)
    }

    private static func socket(at path: String) throws(BusError) -> OwnedDescriptor {
        let socket: OwnedDescriptor?
        do throws(Errno) { socket = try LocalSocket.connection(to: path, .stream) } catch { throw BusError(code: error.code) }
        guard let socket else { throw BusError(code: EAGAIN) }
        return socket
    }

    private func start(over descriptor: consuming OwnedDescriptor) throws(BusError) {
        let number = descriptor.release()
        let result = sd_bus_set_fd(pointer, number, number)
        if result < 0 { Glibc.close(number) }
        try BusMessage.check(result)
        try start()
    }

    private func start() throws(BusError) { try BusMessage.check(sd_bus_start(pointer)) }

    /// Closes the connection. Doesn't wait until everything is written: the peer may be stopped.
    func close() {
        sd_bus_detach_event(pointer)
        sd_bus_close(pointer)
    }

    func attach(to loop: EventLoop) throws(BusError) {
        try BusMessage.check(sd_bus_attach_event(pointer, loop.event, Int32(SD_EVENT_PRIORITY_NORMAL)))
    }

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

    /// A call to the bus itself.
    func makeBusCall(_ member: StaticString) throws(BusError) -> BusMessage {
        try makeCall(
            to: "org.freedesktop.DBus", path: "/org/freedesktop/DBus", interface: "org.freedesktop.DBus", member: member)
    }

    /// A call that asks for all properties of an interface (``BusMessage/readProperties(_:)`` reads the reply).
    func makePropertiesCall(
        to destination: String?, path: String, interface: StaticString
    ) throws(BusError) -> BusMessage {
        let message = try makeCall(
            to: destination, path: path, interface: "org.freedesktop.DBus.Properties", member: "GetAll")
        try message.append("\(interface)")
        return message
    }
}

/// Sees each message of a connection before it is dispatched. Ends when it is released.
final class BusFilter {
    private var slot: OpaquePointer?
    private let handler: (borrowing BusMessage) -> Void

    init(_ connection: BusConnection, _ handler: @escaping (borrowing BusMessage) -> Void) throws(BusError) {
        self.handler = handler
        try BusMessage.check(
            sd_bus_add_filter(
                connection.pointer, &slot,
                { message, data, _ in
                    Unmanaged<BusFilter>.fromOpaque(data!).takeUnretainedValue().handler(BusMessage(retaining: message!))
                    return 0
                }, Unmanaged.passUnretained(self).toOpaque()))
    }

    deinit { sd_bus_slot_unref(slot) }
}

/// A call whose reply comes later. Releasing it forgets the reply.
final class PendingCall {
    private var slot: OpaquePointer?
    private(set) var outcome: Result<Void, BusError>?
    private let answered: (PendingCall, borrowing BusMessage) -> Void

    /// The limit of time for a reply, in microseconds.
    enum Patience: UInt64 {
        /// The connection's usual limit.
        case usual = 0
        /// For calls on which QEMU asks the guest first, for which it waits five seconds (ui/dbus-clipboard.c).
        case guest = 8_000_000
        /// For a caller with a limit of its own, or where a peer that is stopped may answer when it runs again.
        case endless = 0xFFFF_FFFF_FFFF_FFFF
    }

    /// - Parameter answered: Called once, in the loop, with this and the reply; also where the connection ends before.
    init(
        _ message: borrowing BusMessage, on connection: BusConnection, patience: Patience = .usual,
        answered: @escaping (PendingCall, borrowing BusMessage) -> Void = { _, _ in }
    ) throws(BusError) {
        self.answered = answered
        try BusMessage.check(
            sd_bus_call_async(
                connection.pointer, &slot, message.pointer,
                { reply, data, _ in
                    Unmanaged<PendingCall>.fromOpaque(data!).takeUnretainedValue().handle(BusMessage(retaining: reply!))
                    return 1
                }, Unmanaged.passUnretained(self).toOpaque(), patience.rawValue))
    }

    deinit { sd_bus_slot_unref(slot) }

    private func handle(_ reply: consuming BusMessage) {
        if let error = sd_bus_message_get_error(reply.pointer) {
            outcome = .failure(BusError(error.pointee, code: sd_bus_message_get_errno(reply.pointer)))
        } else {
            outcome = .success(())
        }
        answered(self, reply)
    }
}
