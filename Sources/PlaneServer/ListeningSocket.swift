// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Glibc
internal import Planes
internal import System

/// A server's socket in the file system, from its birth to its death.
struct ListeningSocket: ~Copyable {
    let descriptor: OwnedDescriptor
    let path: String
    private let file: (device: UInt64, inode: UInt64)

    /// Connections that may wait to be accepted.
    private static let backlog: CInt = 16
    /// How long another server that is just starting in the same folder is waited for.
    private static let lockPatience: UInt64 = 1_000_000_000

    /// Listens at this path. A socket that nobody listens on any more is replaced; anything else there is left as it is.
    ///
    /// - Parameter isShared: whether other users may connect; who of them may stay is another question.
    init(at path: String, isShared: Bool) throws(SourceError) {
        guard path.hasPrefix("/") else {
            throw SourceError(.usage, "\(path.singleLine): the socket's path isn't absolute: use /SOME/FOLDER/NAME.sock")
        }
        guard path.utf8.count <= LocalSocket.longestPath else {
            throw SourceError(.usage, "\(path.singleLine): the path exceeds \(LocalSocket.longestPath) bytes: use a shorter one")
        }
        do throws(Errno) {
            // Looking whether a server lives, and taking its place, is one step for all servers of the folder.
            let lock = try Self.lockFolder(of: path)
            _ = lock
            let socket = try LocalSocket.make(.packets)
            // The file takes the socket's own mode: it is never wider, not for a moment (unix_bind in the kernel's af_unix.c).
            guard fchmod(socket.rawValue, 0o600) == 0 else { throw .last }
            do throws(Errno) {
                try LocalSocket.bind(socket, to: path)
            } catch {
                guard error.code == EADDRINUSE, try Self.removeDead(path) else { throw error }
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
            self.path = path
            file = (UInt64(status.st_dev), UInt64(status.st_ino))
        } catch {
            throw Self.failure(error, path)
        }
    }

    deinit {
        // Somebody may have put another one in its place.
        var status = stat()
        guard lstat(path, &status) == 0, UInt64(status.st_dev) == file.device, UInt64(status.st_ino) == file.inode else {
            return
        }
        unlink(path)
    }

    private static func lockFolder(of path: String) throws(Errno) -> OwnedDescriptor {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let number = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw .last }
        let lock = OwnedDescriptor(adopting: number)
        let deadline = EventLoop.now() + lockPatience
        while flock(number, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else { throw .last }
            // Anybody who may read the folder can keep its lock: then it goes without, which only two servers at once notice.
            guard EventLoop.now() < deadline else { break }
            usleep(10_000)
        }
        return lock
    }

    /// Removes a socket whose server is gone. Returns false where there is something else.
    private static func removeDead(_ path: String) throws(Errno) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return errno == ENOENT }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw Errno(code: ENOTSOCK) }
        let probe = try LocalSocket.make(.packets)
        do throws(Errno) {
            try LocalSocket.connect(probe, to: path)
            return false
        } catch {
            // EAGAIN is a server with a full queue, EPROTOTYPE one of another kind.
            guard error.code == ECONNREFUSED else { return error.code == ENOENT }
        }
        guard unlink(path) == 0 || errno == ENOENT else { throw .last }
        return true
    }

    private static func failure(_ error: Errno, _ path: String) -> SourceError {
        let path = path.singleLine
        switch error.code {
        case EADDRINUSE:
            return SourceError(.unavailable, "\(path): another server is running there: use another name, or end that one")
        case ENOTSOCK: return SourceError(.usage, "\(path): there is a file that isn't a socket: use another name")
        case EACCES, EPERM, EROFS:
            return SourceError(.notPermitted, "\(path): no socket can be made there (\(error.text)): use a folder of yours")
        case ENOENT, ENOTDIR: return SourceError(.usage, "\(path): there is no such folder: make it first")
        default: return SourceError(.unavailable, "\(path): no socket can be made there (\(error.text)): use another folder")
        }
    }
}
