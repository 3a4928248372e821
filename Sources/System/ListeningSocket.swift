// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc

/// A server's socket, from its birth to its death.
package final class ListeningSocket {
    package let descriptor: OwnedDescriptor
    /// Where it is in the file system; nil for one of the network.
    private let file: (path: String, device: UInt64, inode: UInt64)?

    /// Connections that may wait to be accepted.
    private static let backlog: CInt = 16

    /// Listens at this path. A socket that nobody listens on any more is replaced; anything else there is left as it is.
    ///
    /// A server holds its folder's lock (flock(2)) while it checks for a dead server and takes its place, so that no other server does
    /// so at the same time. Anybody who may read the folder can keep its lock: after some milliseconds without it, a path that is taken
    /// stays so.
    ///
    /// - Parameters:
    ///   - path: absolute, and at most ``LocalSocket/longestPath`` bytes long.
    ///   - isShared: Whether other users may connect; the server decides which of them may stay.
    /// - Throws: EADDRINUSE for another server there, ENOTSOCK for another file, EWOULDBLOCK for a dead server's socket in a folder that
    ///   somebody else has locked, and what bind(2) has.
    package init(at path: String, _ kind: LocalSocket.Kind, isShared: Bool) throws(Errno) {
        let lock = try Self.lockFolder(of: path)
        let socket = try LocalSocket.make(kind)
        // The file takes the socket's own mode: it is never wider, not for a moment (unix_bind in the kernel's af_unix.c).
        guard fchmod(socket.rawValue, 0o600) == 0 else { throw .last }
        do throws(Errno) {
            try LocalSocket.bind(socket, to: path)
        } catch {
            guard error.code == EADDRINUSE, try Self.isDead(path, kind) else { throw error }
            guard lock != nil else { throw Errno(code: EWOULDBLOCK) }
            guard unlink(path) == 0 || errno == ENOENT else { throw .last }
            try LocalSocket.bind(socket, to: path)
        }
        guard listen(socket.rawValue, Self.backlog) == 0, !isShared || chmod(path, 0o666) == 0 else {
            let error = Errno.last
            unlink(path)
            throw error
        }
        var status = stat()
        guard lstat(path, &status) == 0 else { throw .last }
        descriptor = socket
        file = (path, UInt64(status.st_dev), UInt64(status.st_ino))
        withExtendedLifetime(lock) {}
    }

    /// Listens for streams over TCP.
    ///
    /// - Parameter host: a numeric address of IPv4 or IPv6.
    /// - Throws: EINVAL for another word, EADDRINUSE for a port that is taken, and what bind(2) has.
    package init(host: String, port: UInt16) throws(Errno) {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &found) == 0, let found else { throw Errno(code: EINVAL) }
        defer { freeaddrinfo(found) }
        let flags = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let socket = OwnedDescriptor(adopting: try Errno.checked(Glibc.socket(found.pointee.ai_family, flags, 0)))
        // Connections that are over keep the port for a minute otherwise.
        var isReused: CInt = 1
        setsockopt(socket.rawValue, SOL_SOCKET, SO_REUSEADDR, &isReused, socklen_t(MemoryLayout<CInt>.size))
        _ = try Errno.checked(bind(socket.rawValue, found.pointee.ai_addr, found.pointee.ai_addrlen))
        _ = try Errno.checked(listen(socket.rawValue, Self.backlog))
        descriptor = socket
        file = nil
    }

    deinit {
        // Somebody may have put another one in its place.
        var status = stat()
        guard let file, lstat(file.path, &status) == 0, UInt64(status.st_dev) == file.device,
            UInt64(status.st_ino) == file.inode
        else { return }
        unlink(file.path)
    }

    /// The folder with its lock; nil while somebody else has it.
    private static func lockFolder(of path: String) throws(Errno) -> OwnedDescriptor? {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let lock = OwnedDescriptor(adopting: try Errno.checked(open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)))
        // Another server that starts has it for some milliseconds.
        for attempt in 0..<3 {
            if attempt > 0 { poll(nil, 0, 10) }
            if flock(lock.rawValue, LOCK_EX | LOCK_NB) == 0 { return lock }
            guard errno == EWOULDBLOCK || errno == EINTR else { throw .last }
        }
        return nil
    }

    /// Whether the path is a socket whose server is gone, or nothing any more.
    private static func isDead(_ path: String, _ kind: LocalSocket.Kind) throws(Errno) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return errno == ENOENT }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw Errno(code: ENOTSOCK) }
        let probe = try LocalSocket.make(kind)
        do throws(Errno) {
            try LocalSocket.connect(probe, to: path)
            return false
        } catch {
            // EAGAIN is a server with a full queue, EPROTOTYPE one of another kind.
            return error.code == ECONNREFUSED || error.code == ENOENT
        }
    }
}
