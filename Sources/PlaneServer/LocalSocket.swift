// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import Glibc
internal import Planes
internal import System

/// A positive errno.
struct SystemError: Error, Equatable {
    let code: CInt
    var text: String { String(cString: strerror(code)) }

    static var last: SystemError { SystemError(code: errno) }
}

/// SOCK_SEQPACKET sockets with a path: the calls of unix(7), nothing interpreted.
enum LocalSocket {
    /// sockaddr_un.sun_path with the zero at its end (unix(7)).
    static let longestPath = 107

    static func make() throws(SystemError) -> OwnedDescriptor {
        let flags = SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let number = socket(AF_UNIX, CInt(flags), 0)
        guard number >= 0 else { throw .last }
        return OwnedDescriptor(adopting: number)
    }

    /// A connected pair.
    static func pair() throws(SystemError) -> (CInt, CInt) {
        var ends: [CInt] = [-1, -1]
        let flags = SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        guard socketpair(AF_UNIX, CInt(flags), 0, &ends) == 0 else { throw .last }
        return (ends[0], ends[1])
    }

    static func bind(_ socket: borrowing OwnedDescriptor, to path: String) throws(SystemError) {
        let number = socket.rawValue
        try withAddress(path) { Glibc.bind(number, $0, $1) }
    }

    /// Without waiting: EAGAIN where the listener's queue is full.
    static func connect(_ socket: borrowing OwnedDescriptor, to path: String) throws(SystemError) {
        let number = socket.rawValue
        try withAddress(path) { Glibc.connect(number, $0, $1) }
    }

    /// The next connection, or nil where none waits.
    static func accept(_ socket: borrowing OwnedDescriptor) throws(SystemError) -> OwnedDescriptor? {
        let number = oriel_accept(socket.rawValue)
        guard number < 0 else { return OwnedDescriptor(adopting: number) }
        // A peer that has gone already, or a signal, is no fault of the listener.
        guard ![EAGAIN, ECONNABORTED, EINTR].contains(-number) else { return nil }
        throw SystemError(code: -number)
    }

    /// The user behind the other end (SO_PEERCRED).
    static func peerUser(of socket: CInt) throws(SystemError) -> UInt32 {
        var user: UInt32 = 0
        let result = oriel_peer_user(socket, &user)
        guard result == 0 else { throw SystemError(code: -result) }
        return user
    }

    private static func withAddress(
        _ path: String, _ call: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) throws(SystemError) {
        guard path.utf8.count <= longestPath else { throw SystemError(code: ENAMETOOLONG) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard result == 0 else { throw .last }
    }
}
