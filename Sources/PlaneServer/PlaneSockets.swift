// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import EventLoop
internal import Glibc
public import Logging
public import Planes

/// A plane server that answered, as a list shows it.
public struct FoundPlaneServer: Sendable, Equatable {
    public let path: String
    /// The guest's name.
    public let name: String
    /// What its primary plane shows; nil where that is off, or didn't come in time.
    public let size: PixelSize?
    public let format: PixelFormat?

    /// The URL to view it by.
    public var url: String { "planes:" + path.split(separator: "/").map { "/" + String($0).escapedForURL }.joined() }
}

/// Looks for plane servers among a folder's sockets, for `oriel list`.
public enum PlaneSockets {
    /// More entries than this are left out.
    private static let most = 256

    /// The plane servers whose sockets lie in `folder`, by path. Whatever doesn't say its hello in time isn't one, and neither is one
    /// that refuses us. Blocks for at most `patience` nanoseconds a socket; most answer within one millisecond.
    public static func servers(
        in folder: String, patience: UInt64 = 300_000_000, loop: EventLoop, logger: Logger
    ) -> [FoundPlaneServer] {
        sockets(in: folder).compactMap { path in
            guard
                let client = try? PlaneClient(
                    address: PlanesAddress(path: path), patience: patience, loop: loop, logger: logger)
            else { return nil }
            defer { client.close() }
            guard case .showing(let info)? = try? client.query(.primary) else {
                return FoundPlaneServer(path: path, name: client.name, size: nil, format: nil)
            }
            let layout = info.identity.layout
            return FoundPlaneServer(path: path, name: client.name, size: layout.size, format: layout.format)
        }
    }

    private static func sockets(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var found: [String] = []
        while found.count < most, let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { continue }
            found.append(path)
        }
        return found.sorted()
    }
}
