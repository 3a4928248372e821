// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CPlaneProtocol
internal import EventLoop
internal import Glibc
internal import Planes
internal import System

extension PlanesAddress {
    /// A connection to a server of the right user. Waits only where the server's queue is full.
    func connect(until deadline: UInt64) throws(SourceError) -> OwnedDescriptor {
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure(.last) }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw unavailable("it isn't a socket", "name the socket of a plane server")
        }
        let socket = try attempt { () throws(Errno) in try open(until: deadline) }
        let user = try attempt { () throws(Errno) in try LocalSocket.peerUser(of: socket.rawValue) }
        guard allowsAnyUser || user == geteuid() || user == 0 else {
            throw SourceError(.notPermitted, "\(self): its server runs as user \(user): say \(self)?any-user to trust it")
        }
        return socket
    }

    private func attempt<Result: ~Copyable>(_ call: () throws(Errno) -> Result) throws(SourceError) -> Result {
        do throws(Errno) { return try call() } catch { throw failure(error) }
    }

    private func open(until deadline: UInt64) throws(Errno) -> OwnedDescriptor {
        let socket = try LocalSocket.make(.packets)
        while true {
            do throws(Errno) {
                try LocalSocket.connect(socket, to: path)
                return socket
            } catch {
                guard error.code == EAGAIN || error.code == EINTR, EventLoop.now() < deadline else { throw error }
                usleep(10_000)
            }
        }
    }

    private func failure(_ error: Errno) -> SourceError {
        switch error.code {
        case ENOENT, ENOTDIR: unavailable("there is no such socket", "start the server, for instance with oriel guest")
        case ECONNREFUSED: unavailable("nobody listens on this socket", "start its server again")
        case EACCES, EPERM: SourceError(.notPermitted, "\(self): the socket isn't ours to open: run as the user who owns it")
        case EPROTOTYPE: unavailable("it is a socket of another kind", "name the socket of a plane server")
        case EAGAIN: unavailable("its server takes no connection", "see whether its process is stopped or hangs")
        default: unavailable("cannot connect (\(error.text))", "check the socket")
        }
    }

    private func unavailable(_ what: String, _ remedy: String) -> SourceError {
        SourceError(.unavailable, "\(self): \(what): \(remedy)")
    }
}

extension PlaneClient {
    /// How long opening waits for a first picture, which it can do without.
    private static let firstPicturePatience: UInt64 = 300_000_000
    private static let clientName = "oriel"

    /// Says hello and learns what there is. Everything after this happens in the loop.
    func open(until deadline: UInt64) throws(SourceError) {
        send(
            plane_hello(
                PLANE_HELLO, version: PLANE_VERSION, features: PLANE_FEATURE_PUSH | PLANE_FEATURE_MULTI_PLANE,
                name: Self.clientName))
        var pictureDeadline: UInt64?
        while true {
            let now = EventLoop.now()
            switch life {
            case .ending(let error): throw error
            case .over: throw SourceError(.fault, "\(place): closed while it opened; please report it")
            case .running:
                let end = pictureDeadline ?? min(deadline, now + Self.firstPicturePatience)
                pictureDeadline = end
                if now >= end || received > 0 && settled == received { return }
                wait(until: end, now)
            case .greeting, .askingCaps:
                guard now < deadline else {
                    throw SourceError(
                        .unavailable, "\(place): nobody answers as a plane server does: see whether it is one, and not stopped")
                }
                wait(until: deadline, now)
            }
            drain()
        }
    }

    private func wait(until time: UInt64, _ now: UInt64) {
        guard let socket else { return }
        var interest = pollfd(fd: socket.descriptor.rawValue, events: Int16(POLLIN), revents: 0)
        poll(&interest, 1, CInt(clamping: (time - now) / 1_000_000 + 1))
    }
}
