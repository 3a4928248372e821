// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CSystemd
internal import EventLoop
internal import Glibc
internal import Planes

/// One console of one VM, found: where to register a listener, and later to send input.
final class Console {
    let connection: BusConnection
    /// The VM's unique name on the bus; nil where the connection leads straight to QEMU.
    let destination: String?
    let path: String
    let machineName: String
    private let address: QEMUAddress

    /// How long each step of opening may take. A running QEMU needs milliseconds for all of them.
    static let patience: UInt64 = 4_000_000_000

    /// Connects and looks for the VM and its console. Blocks for a few seconds at most.
    init(_ address: QEMUAddress) throws(SourceError) {
        self.address = address
        connection = try address.connect()
        connection.limitCalls(to: Self.patience)
        let found = try Self.find(address, among: try Self.machines(on: connection, address), on: connection)
        destination = found.destination
        machineName = found.name
        path = "/org/qemu/Display1/Console_\(address.console)"
        let consoles: [UInt32]
        do throws(BusError) { consoles = try connection.consoles(of: destination) } catch {
            throw address.unavailable("\(found.name) didn't tell its consoles (\(error.message))", "start it anew")
        }
        guard consoles.contains(address.console) else {
            throw address.unavailable(
                "\(found.name) has no console \(address.console)",
                consoles.isEmpty
                    ? "give it a display device" : "use ?console=\(consoles.map(String.init).joined(separator: " or "))")
        }
    }

    /// Gives QEMU `end`, the other end of the listener's socket, and runs both connections until QEMU knows the listener.
    func register(_ end: consuming OwnedDescriptor, for listener: Listener) throws(SourceError) {
        do throws(BusError) {
            let message = try connection.makeCall(
                to: destination, path: path, interface: "org.qemu.Display1.Console", member: "RegisterListener")
            try message.append(descriptor: end)
            // Not a blocking call: QEMU may want the listener to answer before it replies.
            let call = try PendingCall(message, on: connection)
            _ = consume end  // else QEMU's going would leave the socket open
            _ = consume message
            let deadline = EventLoop.now() + Self.patience
            let done = try BusConnection.run([connection, listener.connection], until: deadline) {
                if case .failure = call.outcome { return true }
                return call.outcome != nil && listener.isKnown || listener.hasEnded
            }
            if case .failure(let error) = call.outcome { throw error }
            guard done, listener.isKnown else { throw BusError(code: ETIMEDOUT) }
        } catch {
            throw address.unavailable(
                "\(machineName) doesn't show its console \(address.console) (\(error.message))", "start it anew")
        }
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
            if case .socket = address.endpoint, try !connection.greet() { return [nil] }
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
