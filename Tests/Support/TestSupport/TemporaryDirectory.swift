// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import Foundation

/// A folder of the test's own, closed to others and gone with the last reference. Its path is short enough for sockets.
public final class TemporaryDirectory: Sendable {
    public let url: URL

    public init() throws {
        var template = Array("/tmp/oriel-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        url = URL(filePath: String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self), directoryHint: .isDirectory)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    public var path: String { url.path }
    public func file(_ name: String) -> String { url.appending(path: name).path }
}
