// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Glibc
internal import Planes
internal import System

/// A server's socket in the file system, from its birth to its death.
final class ListeningSocket {
    /// Ends before the descriptor is closed.
    var watch: DescriptorSource?
    let descriptor: OwnedDescriptor
    let path: String
    private let file: (device: UInt64, inode: UInt64)

    /// Connections that may wait to be accepted.
    private static let backlog: CInt = 16

    /// Listens at this path. A socket that nobody listens on any more is replaced; anything else there is left as it is.
    ///
    /// A server holds its folder's lock (flock(2)) while it checks for a dead server and takes its place, so that no other server does
    /// so at the same time. Anybody who may read the folder can keep its lock: after some milliseconds without it, a path that is taken
    /// stays so.
    ///
    /// - Parameter isShared: Whether other users may connect; the server decides which of them may stay.
    init(at path: String, isShared: Bool) throws(SourceError) {
        guard path.hasPrefix("/") else {
            throw SourceError(.usage, "\(path.singleLine): the socket's path isn't absolute: use /SOME/FOLDER/NAME.sock")
        }
        guard path.utf8.count <= LocalSocket.longestPath else {
            throw SourceError(.usage, "\(path.singleLine): the path exceeds \(LocalSocket.longestPath) bytes: use a shorter one")
        }
        do throws(Errno) {
            let lock = try Self.lockFolder(of: path)
            let socket = try LocalSocket.make(.packets)
            // The file takes the socket's own mode: it is never wider, not for a moment (unix_bind in the kernel's af_unix.c).
            guard fchmod(socket.rawValue, 0o600) == 0 else { throw .last }
            do throws(Errno) {
                try LocalSocket.bind(socket, to: path)
            } catch {
                guard error.code == EADDRINUSE, try Self.isDead(path) else { throw error }
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
            self.path = path
            file = (UInt64(status.st_dev), UInt64(status.st_ino))
            withExtendedLifetime(lock) {}
        } catch {
            throw Self.failure(error, path)
        }
    }

    deinit {
        watch = nil
        // Somebody may have put another one in its place.
        var status = stat()
        guard lstat(path, &status) == 0, UInt64(status.st_dev) == file.device, UInt64(status.st_ino) == file.inode else {
            return
        }
        unlink(path)
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
    private static func isDead(_ path: String) throws(Errno) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return errno == ENOENT }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw Errno(code: ENOTSOCK) }
        let probe = try LocalSocket.make(.packets)
        do throws(Errno) {
            try LocalSocket.connect(probe, to: path)
            return false
        } catch {
            // EAGAIN is a server with a full queue, EPROTOTYPE one of another kind.
            return error.code == ECONNREFUSED || error.code == ENOENT
        }
    }

    private static func failure(_ error: Errno, _ path: String) -> SourceError {
        let path = path.singleLine
        switch error.code {
        case EADDRINUSE:
            return SourceError(.unavailable, "\(path): another server is running there: use another name, or end that one")
        case EWOULDBLOCK:
            return SourceError(
                .unavailable,
                "\(path): a dead server's socket is there, and another program has its folder locked: remove the socket")
        case ENOTSOCK: return SourceError(.usage, "\(path): there is a file that isn't a socket: use another name")
        case EACCES, EPERM, EROFS:
            return SourceError(.notPermitted, "\(path): no socket can be made there (\(error.text)): use a folder of yours")
        case ENOENT, ENOTDIR: return SourceError(.usage, "\(path): there is no such folder: make it first")
        default: return SourceError(.unavailable, "\(path): no socket can be made there (\(error.text)): use another folder")
        }
    }
}
