// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Glibc
package import Planes
internal import QMP
internal import System

extension QEMUAddress {
    /// A connection that has passed the authentication. Blocks for `patience` nanoseconds at most, twice by way of a monitor.
    func connect(patience: UInt64) throws(SourceError) -> BusConnection {
        let connection: BusConnection
        var display: OwnedDescriptor?
        if case .monitor(let monitor) = endpoint {
            display = try monitor.displaySocket(until: EventLoop.now() + patience)
        }
        do throws(BusError) {
            switch endpoint {
            case .sessionBus: connection = try BusConnection.sessionBus()
            case .socket(let path): connection = try BusConnection.socket(path: path)
            case .monitor: connection = try BusConnection.peer(display.take()!)
            }
        } catch {
            throw cannotConnect(errno: error.code)
        }
        let ready: Bool
        do throws(BusError) {
            // sd-bus itself would wait for 25 s.
            ready = try BusConnection.run([connection], until: EventLoop.now() + patience) { connection.isReady }
        } catch {
            throw unavailable(
                "the D-Bus handshake failed: it isn't D-Bus, or another user's",
                "name a socket of dbus-daemon or QEMU, as the user who runs it")
        }
        guard ready else {
            throw unavailable("it doesn't answer as D-Bus does", "name a socket of dbus-daemon or of a QEMU with p2p=yes")
        }
        return connection
    }

    /// What connecting answered, as a line for the user.
    package func cannotConnect(errno code: CInt) -> SourceError {
        switch (code, endpoint) {
        case (EACCES, _), (EPERM, _):
            SourceError(.notPermitted, "\(description.asSubject) the socket isn't ours to open: run as the user who owns it")
        case (ENOENT, .socket): unavailable("there is no such socket", "start QEMU with -display dbus,addr=unix:path=…")
        case (ECONNREFUSED, .socket): unavailable("nobody listens on this socket", "start its D-Bus daemon or QEMU")
        case (_, .sessionBus):
            unavailable(
                "there is no session bus (\(String(cString: strerror(code))))",
                "log in, use dbus-run-session, or name a socket with qemu:unix:path=/SOCKET")
        default: unavailable("cannot connect (\(String(cString: strerror(code))))", "check the socket")
        }
    }

    func unavailable(_ what: String, _ remedy: String) -> SourceError {
        SourceError(.unavailable, "\(description.asSubject) \(what): \(remedy)".singleLine)
    }

    /// - Parameters:
    ///   - names: of the VMs that answered.
    ///   - silent: how many didn't, and so may be the one meant.
    func machineNotFound(among names: [String], silent: Int) -> SourceError {
        if silent > 0 {
            let who = silent == 1 ? "a QEMU there doesn't answer" : "\(silent) QEMUs there don't answer"
            return unavailable(who, "see whether its process is stopped or hangs")
        }
        guard !names.isEmpty else { return unavailable("no QEMU shows its display there", "start it with -display dbus") }
        return unavailable("no VM has this name or UUID", "use \(names.map { "'\($0)'" }.joined(separator: " or "))")
    }
}
