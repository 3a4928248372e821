// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import Glibc

/// Unix sockets with a path (unix(7)). All of them are closed on exec, and none waits unless it says so.
@usableFromInline package enum LocalSocket {
    package enum Kind {
        /// SOCK_STREAM.
        case stream
        /// SOCK_SEQPACKET: messages keep their borders.
        case packets
    }

    /// A connected pair of sockets.
    @frozen @usableFromInline package struct Pair: ~Copyable {
        package let ours: OwnedDescriptor
        package let theirs: OwnedDescriptor
    }

    /// The longest path in bytes: sockaddr_un.sun_path without the zero at its end.
    package static let longestPath = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

    package static func make(_ kind: Kind) throws(Errno) -> OwnedDescriptor {
        OwnedDescriptor(adopting: try Errno.checked(socket(AF_UNIX, flags(kind, isWaiting: false), 0)))
    }

    /// - Parameter isWaiting: Whether reading and writing block, as a peer that is given an end may expect.
    package static func pair(_ kind: Kind, isWaiting: Bool = false) throws(Errno) -> Pair {
        var ends: [CInt] = [-1, -1]
        _ = try Errno.checked(socketpair(AF_UNIX, flags(kind, isWaiting: isWaiting), 0, &ends))
        return Pair(ours: OwnedDescriptor(adopting: ends[0]), theirs: OwnedDescriptor(adopting: ends[1]))
    }

    package static func bind(_ socket: borrowing OwnedDescriptor, to path: String) throws(Errno) {
        let number = socket.rawValue
        try withAddress(path) { Glibc.bind(number, $0, $1) }
    }

    /// The pause before another attempt at a listener whose queue of connections is full, in nanoseconds: the kernel doesn't say
    /// when there is room (unix(7)).
    package static let queuePause: UInt64 = 10_000_000

    /// A new socket, connected without waiting; nil where the listener's queue is full.
    ///
    /// - Throws: EPROTOTYPE where it listens on another kind of socket.
    package static func connection(to path: String, _ kind: Kind) throws(Errno) -> OwnedDescriptor? {
        let socket = try make(kind)
        do throws(Errno) { try connect(socket, to: path) } catch {
            guard error.code == EAGAIN || error.code == EINTR else { throw error }
            return nil
        }
        return socket
    }

    /// Connects without waiting: EAGAIN when the listener's queue is full, EPROTOTYPE when it listens on another kind of socket.
    package static func connect(_ socket: borrowing OwnedDescriptor, to path: String) throws(Errno) {
        let number = socket.rawValue
        try withAddress(path) { Glibc.connect(number, $0, $1) }
    }

    /// The next connection, or nil when none waits.
    package static func accept(_ socket: borrowing OwnedDescriptor) throws(Errno) -> OwnedDescriptor? {
        let number = oriel_accept(socket.rawValue)
        guard number < 0 else { return OwnedDescriptor(adopting: number) }
        // A peer that has gone already, or a signal, is no fault of the listener.
        guard ![EAGAIN, ECONNABORTED, EINTR].contains(-number) else { return nil }
        throw Errno(code: -number)
    }

    /// The user and the process behind the other end, as they were when it connected or began to listen (SO_PEERCRED).
    package static func peer(of socket: CInt) throws(Errno) -> (user: UInt32, process: Int32) {
        var user: UInt32 = 0, process: Int32 = 0
        _ = try Errno.checkedNegative(oriel_peer(socket, &user, &process))
        return (user, process)
    }

    private static func flags(_ kind: Kind, isWaiting: Bool) -> CInt {
        let type = kind == .stream ? SOCK_STREAM : SOCK_SEQPACKET
        return CInt(type.rawValue | SOCK_CLOEXEC.rawValue | (isWaiting ? 0 : SOCK_NONBLOCK.rawValue))
    }

    /// Calls with the address of a path. A path with a zero in it would be cut there, and an empty one names no file.
    private static func withAddress(_ path: String, _ call: (UnsafePointer<sockaddr>, socklen_t) -> CInt) throws(Errno) {
        guard path.utf8.count <= longestPath else { throw Errno(code: ENAMETOOLONG) }
        guard !path.isEmpty, !path.utf8.contains(0) else { throw Errno(code: EINVAL) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard result == 0 else { throw .last }
    }
}
