// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
package import Planes
internal import System

/// The consoles of all VMs that show their displays on the session bus.
package struct ConsoleList {
    package struct Entry: Equatable, Sendable {
        package let url: String
        /// The VM's name.
        package let machine: String
        /// QEMU's label of the console: the device's name, or a monitor's.
        package let console: String
        /// nil where it shows nothing.
        package let size: PixelSize?
    }

    package private(set) var entries: [Entry] = []
    /// One line for each VM, or bus, that couldn't be looked at.
    package private(set) var problems: [String] = []

    /// Looks for consoles on a loop of its own, for programs that have nothing else to do meanwhile. Blocks for a few seconds at
    /// most where a VM doesn't answer.
    package init() {
        let address = QEMUAddress(endpoint: .sessionBus)
        do throws(SourceError) {
            let loop: EventLoop
            do throws(EventLoopError) { loop = try EventLoop() } catch { throw SourceError("\(address)", error) }
            let findings = try Self.wait(on: loop, address) { done in
                MachineSearch(address, .everything, patience: QEMUOpening.usualPatience, loop: loop, done: done)
            }
            for _ in 0..<findings.silent { problems.append(address.machineNotFound(among: [], silent: 1).message) }
            for machine in findings.machines {
                // The UUID tells VMs of one name apart.
                let isUnique = findings.machines.count { $0.name == machine.name } == 1
                let word = isUnique && !machine.name.isEmpty ? machine.name : machine.uuid
                add(machine, "qemu:" + word.escapedForName, address, loop)
            }
        } catch {
            problems.append(error.message)
        }
    }

    private mutating func add(_ machine: Machine, _ url: String, _ address: QEMUAddress, _ loop: EventLoop) {
        do throws(SourceError) {
            let consoles = try Self.wait(on: loop, address) { (done) throws(SourceError) in
                try ConsoleSurvey(
                    machine, consoles: machine.consoles ?? [], address, patience: QEMUOpening.usualPatience, loop: loop,
                    done: done)
            }
            for console in consoles {
                entries.append(
                    Entry(
                        url: "\(url)?console=\(console.number)", machine: machine.name,
                        console: console.properties.label, size: console.properties.size))
            }
        } catch {
            problems.append(error.message)
        }
    }

    /// Begins something and turns the loop until it is done.
    private static func wait<Findings>(
        on loop: EventLoop, _ address: QEMUAddress,
        for begin: (@escaping (Result<Findings, SourceError>) -> Void) throws(SourceError) -> AnyObject
    ) throws(SourceError) -> Findings {
        var result: Result<Findings, SourceError>?
        let work = try begin { result = $0 }
        let outcome: Result<Findings, SourceError>
        do throws(EventLoopError) { outcome = try loop.wait { result } } catch { throw SourceError("\(address)", error) }
        return try withExtendedLifetime(work) { () throws(SourceError) in try outcome.get() }
    }
}

extension String {
    /// A VM's name as it stands in a URL. A name that begins like a socket's address is escaped, for it isn't one.
    fileprivate var escapedForName: String {
        guard hasPrefix("unix:") || hasPrefix("qmp=") else { return escapedForURL }
        return "%\(String(utf8.first!, radix: 16))" + dropFirst().description.escapedForURL
    }
}
