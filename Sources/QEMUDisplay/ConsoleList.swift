// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
package import Planes

/// The consoles of all VMs that show their displays on the session bus.
package struct ConsoleList {
    package struct Entry: Equatable, Sendable {
        package let url: String
        /// The VM's name.
        package let machine: String
        /// What QEMU calls the console: the device's name, or a monitor's.
        package let console: String
        /// nil where it shows nothing.
        package let size: PixelSize?
    }

    package private(set) var entries: [Entry] = []
    /// One line for whatever couldn't be looked at.
    package private(set) var problems: [String] = []

    /// Blocks for a few seconds at most for each VM that doesn't answer.
    package init() {
        let address = QEMUAddress(endpoint: .sessionBus)
        do throws(SourceError) {
            let connection = try address.connect(patience: Machine.usualPatience)
            connection.limitCalls(to: Machine.usualPatience)
            let owners: [String?]
            do throws(BusError) { owners = try connection.machineOwners() } catch {
                throw address.unavailable("the bus doesn't answer (\(error.message))", "check it with busctl")
            }
            let machines = owners.map { ($0, connection.machineNames($0)) }
            for case (let owner, let names) in machines {
                guard let names else {
                    problems.append(address.machineNotFound(among: [], silent: 1).message)
                    continue
                }
                // Of two VMs with one name, the UUIDs tell them apart.
                let isUnique = machines.count { $0.1?.name == names.name } == 1
                add(
                    names.name, "qemu:" + (isUnique && !names.name.isEmpty ? names.name : names.uuid).escapedForName, owner,
                    connection)
            }
        } catch {
            problems.append(error.message)
        }
    }

    private mutating func add(_ machine: String, _ url: String, _ owner: String?, _ connection: BusConnection) {
        do throws(BusError) {
            for number in try connection.consoles(of: owner) {
                let console = try connection.consoleProperties(number, of: owner)
                entries.append(
                    Entry(
                        url: "\(url)?console=\(number)", machine: machine.singleLine, console: console.label, size: console.size))
            }
        } catch {
            problems.append("\(url): its consoles aren't told (\(error.message)): see whether its process is stopped".singleLine)
        }
    }
}

extension BusConnection {
    fileprivate func machineNames(_ owner: String?) -> (name: String, uuid: String)? {
        guard let name = try? machineProperty("Name", of: owner), let uuid = try? machineProperty("UUID", of: owner) else {
            return nil
        }
        return (name, uuid)
    }
}

extension String {
    /// As a VM's name in a URL: one that begins like a socket's address isn't one.
    fileprivate var escapedForName: String {
        guard hasPrefix("unix:") || hasPrefix("qmp=") else { return escapedForURL }
        return "%\(String(utf8.first!, radix: 16))" + dropFirst().description.escapedForURL
    }
}
