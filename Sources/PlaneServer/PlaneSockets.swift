// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import EventLoop
internal import Glibc
public import Planes

/// A plane server that answered, for a list.
public struct FoundPlaneServer: Sendable, Equatable {
    public let path: String
    /// The guest's name.
    public let name: String
    /// The size and format of its primary plane's picture; nil where the plane is off, or no picture came in time.
    public let size: PixelSize?
    public let format: PixelFormat?

    /// The URL to view it by.
    public var url: String { "planes:" + path.split(separator: "/").map { "/" + String($0).escapedForURL }.joined() }
}

/// Looks for plane servers among a folder's sockets, for `oriel list`.
public enum PlaneSockets {
    /// The number of sockets looked at; further ones are left out.
    private static let most = 256

    /// The plane servers whose sockets lie in `folder`, sorted by path. A socket is left out where nobody says hello in time, or
    /// where the server refuses us. Runs the loop for at most `patience` nanoseconds, however many sockets there are; most servers
    /// answer within one millisecond.
    public static func servers(
        in folder: String, patience: UInt64 = 300_000_000, loop: EventLoop
    ) -> [FoundPlaneServer] {
        var found: [FoundPlaneServer] = [], answers = 0
        let openings = sockets(in: folder).map { path in
            PlanesOpening(PlanesAddress(path: path), patience: patience, loop: loop) { result in
                answers += 1
                guard case .success(let guest) = result else { return }
                found.append(FoundPlaneServer(path: path, showing: guest.planes))
                guest.planes.close()
            }
        }
        _ = try? loop.wait { answers < openings.count ? nil : () }
        return found.sorted { $0.path < $1.path }
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

extension FoundPlaneServer {
    fileprivate init(path: String, showing planes: any PlaneSource) {
        var layout: PlaneLayout?
        if case .showing(let info)? = try? planes.query(.primary) { layout = info.identity.layout }
        self.init(path: path, name: planes.name, size: layout?.size, format: layout?.format)
    }
}
