// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
package import Planes
internal import System

extension QEMUAddress {
    /// The line for the user where connect(2) failed.
    package func cannotConnect(errno code: CInt) -> SourceError {
        let error = Errno(code: code)
        guard endpoint == .sessionBus, !error.isPermission, code != EAGAIN else {
            return SourceError(
                connecting: description, error, start: "start its D-Bus daemon, or QEMU with -display dbus,addr=unix:path=…")
        }
        return unavailable(
            "there is no session bus (\(error.text))",
            "log in, use dbus-run-session, or name a socket with qemu:unix:path=/SOCKET")
    }

    func unavailable(_ what: String, _ remedy: String) -> SourceError {
        SourceError(.unavailable, "\(description.asSubject) \(what): \(remedy)".singleLine)
    }

    /// - Parameters:
    ///   - names: The names of the VMs that answered.
    ///   - silent: The number of VMs that didn't answer, any of which may be the one that is meant.
    func machineNotFound(among names: [String], silent: Int) -> SourceError {
        if silent > 0 {
            let who = silent == 1 ? "a QEMU there doesn't answer" : "\(silent) QEMUs there don't answer"
            return unavailable(who, "see whether its process is stopped or hangs")
        }
        guard !names.isEmpty else { return unavailable("no QEMU shows its display there", "start it with -display dbus") }
        return unavailable("no VM has this name or UUID", "use \(names.map { "'\($0)'" }.joined(separator: " or "))")
    }
}
