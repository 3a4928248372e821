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
        do throws(Errno) {
            let socket = try LocalSocket.make(.stream)
            try LocalSocket.connect(socket, to: address.path)
            descriptor = socket
        } catch {
            throw address.cannotConnect(error)
        }
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
    fileprivate func cannotConnect(_ error: Errno) -> SourceError {
        switch error.code {
        case EACCES, EPERM: SourceError(.notPermitted, "\(self): the monitor isn't ours to open: run as the user who runs QEMU")
        case ENOENT, ENOTDIR: unavailable("there is no such socket", "start QEMU with -qmp unix:/SOCKET,server=on,wait=off")
        case ECONNREFUSED: unavailable("nobody listens on this socket", "start its QEMU")
        case EAGAIN: unavailable("its queue is full of other programs", "give QEMU a second -qmp for Oriel")
        default: unavailable("cannot connect (\(error.text))", "check the socket")
        }
    }
}
