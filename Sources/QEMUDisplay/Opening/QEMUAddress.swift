// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import Planes
public import QMP

/// The address of a VM's display: a parsed `qemu:` URL.
///
/// | URL | means |
/// |---|---|
/// | `qemu:` | the VM that owns `org.qemu` on the session bus |
/// | `qemu:NAME` | the VM of this name or UUID among all that queue for that name; `%20` and the like stand for any byte |
/// | `qemu:unix:path=/SOCKET` | whoever listens there: a D-Bus daemon (QEMU's `-display dbus,addr=unix:path=/SOCKET`), or QEMU itself (`-display dbus,p2p=yes`, its end given by QMP's `add_client`) |
/// | `qemu:qmp=/SOCKET` | the QEMU whose monitor listens there (`-qmp unix:/SOCKET,server=on,wait=off -display dbus,p2p=yes`): it is given a socket for its display |
/// | `…?console=N` | another console than 0 |
///
/// The user needn't tell a bus and a peer apart: after the authentication we say `Hello`. A bus answers with our name. A peer knows
/// no such method, and is then called without destinations.
public struct QEMUAddress: Hashable, Sendable {
    public enum Endpoint: Hashable, Sendable {
        case sessionBus
        /// A Unix socket with a D-Bus daemon or QEMU itself behind it.
        case socket(path: String)
        /// A QEMU's monitor, through which its display is reached without a bus.
        case monitor(MonitorAddress)
    }

    public let endpoint: Endpoint
    /// The name or UUID of the VM; nil means the present owner of QEMU's bus name.
    public let virtualMachine: String?
    public let console: UInt32

    public init(endpoint: Endpoint, virtualMachine: String? = nil, console: UInt32 = 0) {
        self.endpoint = endpoint
        self.virtualMachine = virtualMachine
        self.console = console
    }

    /// - Throws: ``SourceError/Reason/usage`` with one line that says what is wrong and what to use instead.
    public init(url: String) throws(SourceError) {
        do throws(URLMistake) { self = try Self.parsed(url) } catch { throw error.error(in: url) }
    }

    private static func parsed(_ url: String) throws(URLMistake) -> QEMUAddress {
        guard url.hasPrefix("qemu:") else {
            throw URLMistake("not a QEMU URL", use: "qemu:, qemu:NAME, qemu:unix:path=/SOCKET or qemu:qmp=/SOCKET")
        }
        let parts = url.dropFirst("qemu:".count).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)

        var console: UInt32?
        for option in parts.count == 2 ? parts[1].split(separator: "&", omittingEmptySubsequences: false) : [] {
            let pair = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair[0] == "console" else { throw URLMistake("unknown option '\(pair[0])'", use: "?console=N") }
            guard console == nil else { throw URLMistake("the console is given twice", use: "?console=N once") }
            guard pair.count == 2, pair[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt32(pair[1])
            else {
                throw URLMistake("the console isn't a number", use: "?console=N with N from 0")
            }
            console = number
        }
        if parts[0].hasPrefix("qmp=") {
            let path = try String(socketPath: parts[0].dropFirst("qmp=".count), form: "qemu:qmp=/SOCKET")
            return QEMUAddress(endpoint: .monitor(MonitorAddress(path: path)!), console: console ?? 0)
        }
        guard parts[0].hasPrefix("unix:") else {
            let name = try String(decoding: parts[0])
            return QEMUAddress(endpoint: .sessionBus, virtualMachine: name.isEmpty ? nil : name, console: console ?? 0)
        }
        var path: Substring?
        for option in parts[0].dropFirst("unix:".count).split(separator: ",", omittingEmptySubsequences: false) {
            let pair = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            switch pair[0] {
            case "path" where pair.count == 2 && path == nil: path = pair[1]
            case "guid": break  // dbus-daemon prints it behind its path
            default: throw URLMistake("not a Unix socket's path", use: "qemu:unix:path=/SOCKET")
            }
        }
        let socket = try String(socketPath: path ?? "", form: "qemu:unix:path=/SOCKET")
        return QEMUAddress(endpoint: .socket(path: socket), console: console ?? 0)
    }
}

extension QEMUAddress: CustomStringConvertible {
    /// The address without its options, for messages.
    public var description: String {
        switch endpoint {
        case .sessionBus: "qemu:\(virtualMachine ?? "")"
        case .socket(let path): "qemu:unix:path=\(path)"
        case .monitor(let monitor): "qemu:qmp=\(monitor.path)"
        }
    }
}
