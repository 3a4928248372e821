// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Planes

/// One VM, found: on a bus, or straight at the other end of a socket. Its consoles share the connection.
final class Machine {
    let connection: BusConnection
    /// Its unique name on the bus; nil where the connection leads straight to QEMU.
    let destination: String?
    let name: String
    /// Numbers of its consoles.
    let consoles: [UInt32]

    /// How long each step of opening may take, in nanoseconds.
    let patience: UInt64

    /// Where nothing else is said. A running QEMU needs milliseconds for all steps.
    static let usualPatience: UInt64 = 4_000_000_000

    /// Connects and looks for the VM. Blocks for `patience` at each step, at most.
    init(_ address: QEMUAddress, patience: UInt64 = Machine.usualPatience) throws(SourceError) {
        self.patience = patience
        connection = try address.connect(patience: patience)
        connection.limitCalls(to: patience)
        let found = try Self.find(address, among: try Self.machines(on: connection, address), on: connection)
        destination = found.destination
        name = found.name
        do throws(BusError) { consoles = try connection.consoles(of: destination) } catch {
            throw address.unavailable("\(found.name) didn't tell its consoles (\(error.message))", "start it anew")
        }
    }

    /// Straight to a QEMU of which all is known that the caller needs.
    init(name: String, consoles: [UInt32], connection: BusConnection) {
        self.name = name
        self.consoles = consoles
        self.connection = connection
        patience = Self.usualPatience
        destination = nil
    }

    /// The VM meant. Without a name that is the first in the queue, the name's owner, whatever comes after it.
    private static func find(
        _ address: QEMUAddress, among owners: [String?], on connection: BusConnection
    ) throws(SourceError) -> (destination: String?, name: String) {
        var names: [String] = []
        var silent = 0
        for owner in address.virtualMachine == nil ? owners.prefix(1) : owners[...] {
            guard let name = try? connection.machineProperty("Name", of: owner) else {
                silent += 1
                continue
            }
            names.append(name)
            guard let wanted = address.virtualMachine, name != wanted else { return (owner, name) }
            if (try? connection.machineProperty("UUID", of: owner)) == wanted.lowercased() { return (owner, name) }
        }
        throw address.machineNotFound(among: names, silent: silent)
    }

    /// Where VMs are to be asked for their names: their unique names, or nil for the peer itself.
    private static func machines(on connection: BusConnection, _ address: QEMUAddress) throws(SourceError) -> [String?] {
        do throws(BusError) {
            switch address.endpoint {
            case .monitor: return [nil]
            case .socket where try !connection.greet(): return [nil]
            case .socket, .sessionBus: break
            }
            let owners = try connection.machineOwners()
            if !owners.isEmpty { return owners }
        } catch {
            throw address.unavailable("the bus doesn't answer (\(error.message))", "check it with busctl")
        }
        throw address.machineNotFound(among: [], silent: 0)
    }
}

extension BusConnection {
    /// Says Hello where sd-bus hasn't done so itself. Returns false where the other side isn't a bus.
    fileprivate func greet() throws(BusError) -> Bool {
        let hello = try makeCall(
            to: "org.freedesktop.DBus", path: "/org/freedesktop/DBus", interface: "org.freedesktop.DBus", member: "Hello")
        do throws(BusError) {
            _ = try call(hello)
            return true
        } catch {
            // An answer with a name is a peer's «no such method»; without one, the connection failed.
            if error.name.hasPrefix("org.freedesktop.DBus.Error.Unknown") { return false }
            throw error
        }
    }

    /// The unique names of all VMs on this bus: QEMU's name has the first as its owner and the others in its queue.
    func machineOwners() throws(BusError) -> [String] {
        let message = try makeCall(
            to: "org.freedesktop.DBus", path: "/org/freedesktop/DBus", interface: "org.freedesktop.DBus",
            member: "ListQueuedOwners")
        try message.append("org.qemu")
        do throws(BusError) { return try call(message).readStrings() } catch {
            guard error.name == "org.freedesktop.DBus.Error.NameHasNoOwner" else { throw error }
            return []
        }
    }

    func machineProperty(_ name: StaticString, of destination: String?) throws(BusError) -> String {
        try property(
            of: destination, path: "/org/qemu/Display1/VM", interface: "org.qemu.Display1.VM", name: name, type: "s"
        ).readString()
    }

    func consoles(of destination: String?) throws(BusError) -> [UInt32] {
        try property(
            of: destination, path: "/org/qemu/Display1/VM", interface: "org.qemu.Display1.VM", name: "ConsoleIDs", type: "au"
        ).readWords()
    }
}

extension BusConnection {
    /// What QEMU says of a console. Blocks until it does.
    func consoleProperties(_ number: UInt32, of destination: String?) throws(BusError) -> ConsoleProperties {
        let message = try makeCall(
            to: destination, path: "/org/qemu/Display1/Console_\(number)", interface: "org.freedesktop.DBus.Properties",
            member: "GetAll")
        try message.append("\(ConsoleInterface.console.name)")
        var properties = ConsoleProperties()
        try call(message).readProperties { properties.take($0, $1) }
        return properties
    }
}
