// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// Follows a console's properties: asked for once, then as QEMU tells of changes. Nothing waits for it.
final class ConsoleWatch {
    private(set) var properties = ConsoleProperties()
    /// Whether the connection is there.
    private(set) var isConnected = true
    private let console: Console
    private let changed: () -> Void
    private let refused: (StaticString, BusError) -> Void
    private var filter: BusFilter?
    private var pending: [PendingCall] = []

    /// - Parameters:
    ///   - changed: called in the loop when ``properties`` or ``isConnected`` are other ones.
    ///   - refused: called in the loop for a question that isn't answered.
    init(
        _ console: Console, changed: @escaping () -> Void, refused: @escaping (StaticString, BusError) -> Void
    ) throws(BusError) {
        self.console = console
        self.changed = changed
        self.refused = refused
        filter = try BusFilter(console.machine.connection) { [unowned self] in watch($0) }
        // Asked for before the properties, so that no change is between the two.
        try subscribe()
        for interface in ConsoleInterface.allCases { try ask(interface) }
    }

    /// A bus hands signals only to those who ask; a peer sends them all.
    private func subscribe() throws(BusError) {
        let connection = console.machine.connection
        guard let sender = console.machine.destination else { return }
        let message = try connection.makeCall(
            to: "org.freedesktop.DBus", path: "/org/freedesktop/DBus", interface: "org.freedesktop.DBus", member: "AddMatch")
        try message.append(
            "type='signal',sender='\(sender)',path='\(console.path)',interface='\(Self.interface)',member='\(Self.member)'")
        try call(message, "AddMatch") { _ in }
    }

    private func ask(_ interface: ConsoleInterface) throws(BusError) {
        let message = try console.machine.connection.makeCall(
            to: console.machine.destination, path: console.path, interface: Self.interface, member: "GetAll")
        try message.append("\(interface.name)")
        try call(message, "GetAll") { [unowned self] in take($0) }
    }

    private func call(
        _ message: borrowing BusMessage, _ member: StaticString, then: @escaping (borrowing BusMessage) -> Void
    ) throws(BusError) {
        pending.append(
            try PendingCall(message, on: console.machine.connection, patience: .endless) { [unowned self] call, reply in
                pending.removeAll { $0 === call }
                switch call.outcome {
                case .failure(let error): refused(member, error)  // an older QEMU has no touch
                default: then(reply)
                }
            })
    }

    private func watch(_ message: borrowing BusMessage) {
        if message.isSignal("org.freedesktop.DBus.Local", "Disconnected") {
            isConnected = false
            changed()
        } else if message.isSignal(Self.interface, Self.member), message.path == console.path,
            console.machine.destination == nil || message.sender == console.machine.destination,
            message.hasSignature("sa{sv}as"), (try? message.readString()) != nil
        {
            take(message)
        }
    }

    private func take(_ message: borrowing BusMessage) {
        var news = properties
        // What comes before a value that can't be read is as good as ever.
        try? message.readProperties { news.take($0, $1) }
        guard news != properties else { return }
        properties = news
        changed()
    }

    private static let interface: StaticString = "org.freedesktop.DBus.Properties"
    private static let member: StaticString = "PropertiesChanged"
}
