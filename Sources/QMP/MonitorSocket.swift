// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import Glibc
internal import Planes
internal import System

/// A stream socket to a monitor, which never waits. All unsafe code of this room but JSON's is here.
final class MonitorSocket {
    enum Reception {
        case bytes(ArraySlice<UInt8>)
        case nothing
        case ended
    }

    let descriptor: OwnedDescriptor
    private var block = [UInt8](repeating: 0, count: 16 << 10)

    /// Throws at once where nobody listens.
    init(_ address: MonitorAddress) throws(SourceError) {
        let flags = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let number = socket(AF_UNIX, CInt(flags), 0)
        guard number >= 0 else { throw address.cannotConnect(errno: errno) }
        descriptor = OwnedDescriptor(adopting: number)
        var place = sockaddr_un()
        place.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &place.sun_path) { $0.copyBytes(from: address.path.utf8) }
        let result = withUnsafePointer(to: &place) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw address.cannotConnect(errno: errno) }
    }

    /// What is there, at most 16 KiB of it.
    func receive() -> Reception {
        let count = read(descriptor.rawValue, &block, block.count)
        guard count <= 0 else { return .bytes(block[..<count]) }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? .nothing : .ended
    }

    /// Sends what fits of it. Returns how many bytes that are, or nil where the peer is gone.
    ///
    /// - Parameter attached: goes along with the first byte; borrowed.
    func send(_ bytes: ArraySlice<UInt8>, with attached: CInt? = nil) -> Int? {
        let count = bytes.withUnsafeBytes {
            oriel_send_bytes(descriptor.rawValue, $0.baseAddress!, UInt32($0.count), attached ?? -1)
        }
        if count >= 0 { return Int(count) }
        // ETOOMANYREFS is the kernel's word for a peer that doesn't take its descriptors out.
        return [-EAGAIN, -ENOBUFS, -ETOOMANYREFS].contains(count) ? 0 : nil
    }
}

extension MonitorAddress {
    fileprivate func cannotConnect(errno code: CInt) -> SourceError {
        switch code {
        case EACCES, EPERM: SourceError(.notPermitted, "\(self): the monitor isn't ours to open: run as the user who runs QEMU")
        case ENOENT, ENOTDIR: unavailable("there is no such socket", "start QEMU with -qmp unix:/SOCKET,server=on,wait=off")
        case ECONNREFUSED: unavailable("nobody listens on this socket", "start its QEMU")
        case EAGAIN: unavailable("its queue is full of other programs", "give QEMU a second -qmp for Oriel")
        default: unavailable("cannot connect (\(String(cString: strerror(code))))", "check the socket")
        }
    }
}

/// A connected pair of stream sockets.
struct StreamPair: ~Copyable {
    let ours: OwnedDescriptor
    let theirs: OwnedDescriptor

    /// nil with errno set.
    init?() {
        var ends: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else { return nil }
        ours = OwnedDescriptor(adopting: ends[0])
        theirs = OwnedDescriptor(adopting: ends[1])
    }

    /// Closes the other end, of which the peer has a descriptor of its own.
    consuming func takeOurs() -> OwnedDescriptor { ours }
}
