// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc

/// Sockets with a path: both ends, and descriptors sent along.
public enum UnixSocket {
    public enum Kind {
        /// SOCK_STREAM.
        case stream
        /// SOCK_SEQPACKET.
        case packets
    }

    /// Creates a listening socket. The caller closes it.
    public static func listen(at path: String, for kind: Kind = .stream) throws -> CInt {
        try open(path, kind, "listen") { Glibc.bind($0, $1, $2) == 0 ? Glibc.listen($0, 8) : -1 }
    }

    /// Creates a connected stream socket. The caller closes it.
    public static func connect(to path: String) throws -> CInt {
        try open(path, .stream, "connect") { Glibc.connect($0, $1, $2) }
    }

    /// Sends bytes with one descriptor (SCM_RIGHTS, unix(7)).
    public static func send(_ text: String, with descriptor: CInt, over socket: CInt) throws {
        var bytes = Array(text.utf8)
        // A cmsghdr on 64-bit systems: length, level and type, then the descriptor, padded to eight bytes.
        var control = [UInt64](repeating: 0, count: 3)
        control[0] = 20
        control[1] = UInt64(UInt32(bitPattern: SOL_SOCKET)) | UInt64(1) << 32  // SCM_RIGHTS
        control[2] = UInt64(UInt32(bitPattern: descriptor))
        let count = bytes.withUnsafeMutableBytes { bytes in
            control.withUnsafeMutableBytes { control in
                var part = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                return withUnsafeMutablePointer(to: &part) { part in
                    var message = msghdr()
                    message.msg_iov = part
                    message.msg_iovlen = 1
                    message.msg_control = control.baseAddress
                    message.msg_controllen = control.count
                    return sendmsg(socket, &message, 0)
                }
            }
        }
        guard count == bytes.count else { throw TestSupportError("sendmsg: \(String(cString: strerror(errno)))") }
    }

    /// Waits until all copies of the other end are closed, and tells whether that came.
    ///
    /// Closing is not always the last of it: a test beside this one that starts a process has copies of all descriptors
    /// in the child until its program runs.
    public static func waitForHangUp(of socket: CInt, atMost seconds: CInt = 60) -> Bool {
        var wait = pollfd(fd: socket, events: 0, revents: 0)
        return poll(&wait, 1, seconds * 1000) == 1 && wait.revents & Int16(POLLHUP) != 0
    }

    private static func open(
        _ path: String, _ kind: Kind, _ what: String, _ body: (CInt, UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) throws -> CInt {
        let type = kind == .stream ? SOCK_STREAM : SOCK_SEQPACKET
        let socket = Glibc.socket(AF_UNIX, CInt(type.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard result == 0 else {
            let reason = String(cString: strerror(errno))
            close(socket)
            throw TestSupportError("\(what) \(path): \(reason)")
        }
        return socket
    }
}
