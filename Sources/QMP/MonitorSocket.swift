// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import Glibc
internal import Planes
internal import System

/// A stream socket to a monitor, which never waits.
final class MonitorSocket {
    enum Reception {
        case bytes(ArraySlice<UInt8>)
        case nothing
        case ended
    }

    let descriptor: OwnedDescriptor
    private var block = [UInt8](repeating: 0, count: 16 << 10)

    /// Connects without waiting. Returns nil where the monitor's queue of connections is full.
    ///
    /// - Throws: `.unavailable` where nobody listens, `.notPermitted` where the socket is another user's.
    init?(_ address: MonitorAddress) throws(SourceError) {
        do throws(Errno) {
            guard let socket = try LocalSocket.connection(to: address.path, .stream) else { return nil }
            descriptor = socket
        } catch {
            throw SourceError(connecting: "\(address)", error, start: "start QEMU with -qmp unix:/SOCKET,server=on,wait=off")
        }
    }

    /// The bytes that are there, at most 16 KiB of them.
    func receive() -> Reception {
        let count = read(descriptor.rawValue, &block, block.count)
        guard count <= 0 else { return .bytes(block[..<count]) }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? .nothing : .ended
    }

    /// Sends as many bytes as the socket takes. Returns their count, or nil where the peer is gone.
    ///
    /// - Parameter attached: A descriptor that goes along with the first byte; borrowed.
    func send(_ bytes: ArraySlice<UInt8>, with attached: CInt? = nil) -> Int? {
        let count = bytes.withUnsafeBytes {
            oriel_send_bytes(descriptor.rawValue, $0.baseAddress!, UInt32($0.count), attached ?? -1)
        }
        if count >= 0 { return Int(count) }
        // The kernel answers ETOOMANYREFS where the peer doesn't take its descriptors out.
        return [-EAGAIN, -ENOBUFS, -ETOOMANYREFS].contains(count) ? 0 : nil
    }
}

extension MonitorAddress {
    /// The error where the queue of connections stays full.
    var isBusy: SourceError { unavailable("other programs already wait for it", "give QEMU a second -qmp for Oriel") }
}
