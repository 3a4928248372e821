// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import Planes

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
        do throws(URLMistake) { self = try Self.parsed(url) } catch { throw error.error(in: url) }
    }

    private static func parsed(_ url: String) throws(URLMistake) -> PlanesAddress {
        guard url.hasPrefix("planes:") else { throw URLMistake("not a plane server's URL", use: "planes:/SOCKET") }
        let parts = url.dropFirst("planes:".count).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var anyUser = false
        for option in parts.count == 2 ? parts[1].split(separator: "&", omittingEmptySubsequences: false) : [] {
            guard option == "any-user" else { throw URLMistake("unknown option '\(option)'", use: "?any-user") }
            guard !anyUser else { throw URLMistake("any-user is given twice", use: "it once") }
            anyUser = true
        }
        return PlanesAddress(path: try String(socketPath: parts[0], form: "planes:/SOCKET"), allowsAnyUser: anyUser)
    }

    /// The URL without its options, for messages.
    public var description: String { "planes:\(path)".singleLine }
}
