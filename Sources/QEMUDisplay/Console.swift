// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
internal import System

/// One console of a VM: where a listener is registered, and what input and sizes are sent to.
final class Console {
    let machine: Machine
    let path: String

    init(_ machine: Machine, number: UInt32) {
        self.machine = machine
        path = "/org/qemu/Display1/Console_\(number)"
    }

    /// Gives QEMU `end`, the other end of a listener's socket. Not a blocking call: QEMU may want the listener to answer first.
    func register(_ end: consuming OwnedDescriptor) throws(BusError) -> PendingCall {
        let message = try makeCall(.console, "RegisterListener")
        // The message has its own; without ours, QEMU's going closes the socket.
        try message.append(descriptor: end)
        return try PendingCall(message, on: machine.connection)
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
