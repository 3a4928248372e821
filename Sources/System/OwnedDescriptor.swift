// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc

/// A file descriptor with exactly one owner, closed when that owner lets go.
public struct OwnedDescriptor: ~Copyable, Sendable {
    /// The number, for calls that borrow it. Never close it, never keep it past the owner.
    public let rawValue: CInt

    /// Takes over `rawValue`, which must be open and owned by nobody else.
    public init(adopting rawValue: CInt) { self.rawValue = rawValue }

    deinit { close(rawValue) }

    /// Another descriptor of the same open file (`fcntl(F_DUPFD_CLOEXEC)`), or nil with errno set.
    public borrowing func duplicate() -> OwnedDescriptor? {
        let copy = fcntl(rawValue, F_DUPFD_CLOEXEC, 3)
        return copy < 0 ? nil : OwnedDescriptor(adopting: copy)
    }

    /// Gives the number away: the caller closes it from now on.
    public consuming func release() -> CInt {
        let value = rawValue
        discard self
        return value
    }

    /// Bytes behind it (`lseek(SEEK_END)`), or nil where it doesn't tell: pipes, sockets, some old dma-buf exporters.
    public borrowing func length() -> UInt64? { Self.length(of: rawValue) }

    /// The same of a borrowed descriptor.
    package static func length(of descriptor: CInt) -> UInt64? {
        let end = lseek(descriptor, 0, SEEK_END)
        return end < 0 ? nil : UInt64(end)
    }

    /// (st_dev, st_ino): what stays the same over all descriptors of one dma-buf or memfd.
    public borrowing func fileIdentity() -> (device: UInt64, inode: UInt64)? {
        var status = stat()
        return fstat(rawValue, &status) == 0 ? (UInt64(status.st_dev), UInt64(status.st_ino)) : nil
    }
}
