// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
internal import System

/// A VM that has been found on a bus, or straight at the other end of a socket. Its consoles share the connection.
final class Machine {
    /// The most consoles that are looked at. QEMU has one for each output of each display device, and its own few terminals.
    private static let mostConsoles = 64

    let connection: BusConnection
    /// The VM's unique name on the bus; nil where the connection leads straight to QEMU.
    let destination: String?
    let name: String
    /// Lower case; empty where QEMU tells none.
    let uuid: String
    /// The numbers of its consoles, in QEMU's order; nil where QEMU doesn't tell them.
    let consoles: [UInt32]?

    init(
        name: String, uuid: String = "", consoles: [UInt32]?, connection: BusConnection, destination: String? = nil
    ) {
        self.name = name
        self.uuid = uuid
        self.consoles = consoles
        self.connection = connection
        self.destination = destination
    }

    /// Reads the answer to ``makeQuestion(to:on:)``. Returns nil where it names no VM.
    convenience init?(reading answer: borrowing BusMessage, from destination: String?, on connection: BusConnection) {
        var name: String?, uuid = "", consoles: [UInt32]?
        // The properties before one that can't be read are as good as ever.
        try? answer.readProperties { property, value in
            switch (property, value) {
            case ("Name", .text(let text)): name = text.asPeerName
            case ("UUID", .text(let text)): uuid = text.asPeerName
            case ("ConsoleIDs", .numbers(let numbers)): consoles = Array(numbers.prefix(Self.mostConsoles))
            default: break
            }
        }
        guard let name else { return nil }
        self.init(name: name, uuid: uuid, consoles: consoles, connection: connection, destination: destination)
    }

    /// A call that asks whoever is at `destination` for its VM's properties.
    static func makeQuestion(to destination: String?, on connection: BusConnection) throws(BusError) -> BusMessage {
        try connection.makePropertiesCall(
            to: destination, path: "/org/qemu/Display1/VM", interface: "org.qemu.Display1.VM")
    }
}

/// One console of a VM: where a listener is registered, and where input and sizes are sent to.
final class Console {
    let machine: Machine
    let path: String

    init(_ machine: Machine, number: UInt32) {
        self.machine = machine
        path = "/org/qemu/Display1/Console_\(number)"
    }

    /// Gives QEMU `end`, the other end of a listener's socket. QEMU may want the listener to answer before it replies.
    ///
    /// - Parameter answered: Called once, in the loop.
    func register(_ end: consuming OwnedDescriptor, answered: @escaping () -> Void) throws(BusError) -> PendingCall {
        let message = try makeCall(.console, "RegisterListener")
        // The message has a duplicate. Ours is closed here, so that the socket ends together with QEMU.
        try message.append(descriptor: end)
        return try PendingCall(message, on: machine.connection, patience: .endless) { _, _ in answered() }
    }

    func makeCall(_ interface: ConsoleInterface, _ member: StaticString) throws(BusError) -> BusMessage {
        try machine.connection.makeCall(to: machine.destination, path: path, interface: interface.name, member: member)
    }
}

/// The interfaces of QEMU's consoles (`ui/dbus-display1.xml`).
enum ConsoleInterface: CaseIterable {
    case console, keyboard, mouse, touch

    var name: StaticString {
        switch self {
        case .console: "org.qemu.Display1.Console"
        case .keyboard: "org.qemu.Display1.Keyboard"
        case .mouse: "org.qemu.Display1.Mouse"
        case .touch: "org.qemu.Display1.MultiTouch"
        }
    }
}
