// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import Planes
internal import System

/// The place of a plane server: a `planes:` URL, parsed.
///
/// | URL | means |
/// |---|---|
/// | `planes:/SOCKET` | the server on this Unix socket; `%20` and the like stand for any byte |
/// | `planes:/SOCKET?any-user` | the same, run by any user; without the option it must run as root or as the same user |
public struct PlanesAddress: Hashable, Sendable, CustomStringConvertible {
    public let path: String
    /// Whether the server may run as any user.
    public let allowsAnyUser: Bool

    public init(path: String, allowsAnyUser: Bool = false) {
        self.path = path
        self.allowsAnyUser = allowsAnyUser
    }

    /// - Throws: ``SourceError/Reason/usage`` with a line that says what is wrong and what to write instead.
    public init(url: String) throws(SourceError) {
        func wrong(_ what: String, use: String) -> SourceError {
            SourceError(.usage, "\(url.singleLine.asSubject) \(what): use \(use)")
        }
        guard url.hasPrefix("planes:") else { throw wrong("not a plane server's URL", use: "planes:/SOCKET") }
        let parts = url.dropFirst("planes:".count).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var anyUser = false
        for option in parts.count == 2 ? parts[1].split(separator: "&", omittingEmptySubsequences: false) : [] {
            guard option == "any-user" else { throw wrong("unknown option '\(option)'", use: "?any-user") }
            guard !anyUser else { throw wrong("any-user is given twice", use: "it once") }
            anyUser = true
        }
        guard let path = String(unescaping: parts[0]) else {
            throw wrong("a % without two hexadecimal digits after it", use: "%25 for the sign itself")
        }
        guard path.hasPrefix("/") else { throw wrong("the socket's path isn't absolute", use: "planes:/SOCKET") }
        guard !LocalSocket.isPathTooLong(path) else {
            throw wrong("the socket's path exceeds \(LocalSocket.longestPath) bytes", use: "a shorter one, or a link to it")
        }
        self.init(path: path, allowsAnyUser: anyUser)
    }

    /// The URL without its options, for messages.
    public var description: String { "planes:\(path)".singleLine }
}
