// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import Planes
internal import System

/// The address of a VM's monitor: the Unix socket of QEMU's `-qmp unix:/SOCKET,server=on,wait=off`.
public struct MonitorAddress: Hashable, Sendable {
    public let path: String

    /// Returns nil where the path isn't absolute, or longer than a Unix socket's may be.
    public init?(path: String) {
        guard path.hasPrefix("/"), path.utf8.count <= LocalSocket.longestPath else { return nil }
        self.path = path
    }

    /// Parses a `qmp:/SOCKET` URL; `%20` and the like stand for any byte.
    ///
    /// - Throws: ``SourceError/Reason/usage`` with one line that says what is wrong and what to use instead.
    public init(url: String) throws(SourceError) {
        guard url.hasPrefix("qmp:"), let path = String(unescaping: url.dropFirst("qmp:".count)),
            let address = MonitorAddress(path: path)
        else {
            throw SourceError(
                .usage,
                "\(url.asSubject) not a monitor's socket: use qmp:/SOCKET with a path of at most \(LocalSocket.longestPath) bytes"
            )
        }
        self = address
    }

    func unavailable(_ what: String, _ remedy: String) -> SourceError {
        SourceError(.unavailable, "\(self): \(what): \(remedy)".singleLine)
    }
}

extension MonitorAddress: CustomStringConvertible {
    public var description: String { "qmp:\(path)" }
}
