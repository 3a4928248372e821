// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import System

/// Where metrics can be read: `unix:PATH`, or `ADDRESS:PORT` with a numeric address, `[::1]:9100` for one of IPv6.
package enum MetricsAddress: Equatable, Sendable {
    case unix(String)
    case inet(host: String, port: UInt16)

    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    init(_ text: String) throws(Fault) {
        let form = "takes \"unix:/SOCKET\" or \"ADDRESS:PORT\", such as \"127.0.0.1:9100\" or \"[::1]:9100\""
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard path.hasPrefix("/"), path.utf8.count <= LocalSocket.longestPath else {
                throw Fault(
                    description: "\(form); a socket's path begins with / and has at most \(LocalSocket.longestPath) bytes")
            }
            self = .unix(path)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
            throw Fault(description: form)
        }
        var host = String(text[..<colon])
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = String(host.dropFirst().dropLast()) }
        var address = in6_addr()
        guard inet_pton(isBracketed ? AF_INET6 : AF_INET, host, &address) == 1 else { throw Fault(description: form) }
        self = .inet(host: host, port: port)
    }

    /// As it is written.
    package var text: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .inet(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }

    /// Whether only this machine can read the metrics.
    package var isLocal: Bool {
        switch self {
        case .unix: true
        case .inet(let host, _): host.hasPrefix("127.") || host == "::1"
        }
    }
}
