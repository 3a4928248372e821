// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import Glibc

extension OwnedDescriptor {
    /// A new memory file (memfd_create(2)) of `length` zero bytes, closed on exec and sealed against shrinking: whoever maps it
    /// needs no guard against SIGBUS. It has no pages until it is written.
    ///
    /// - Parameter name: Appears in /proc/PID/maps.
    package static func memoryFile(_ name: String, length: Int) throws(Errno) -> OwnedDescriptor {
        let file = OwnedDescriptor(adopting: try Errno.checkedNegative(oriel_memfd_create(name)))
        guard ftruncate(file.rawValue, off_t(length)) == 0 else { throw .last }
        _ = try Errno.checkedNegative(oriel_seal_shrink(file.rawValue))
        return file
    }

    /// Writes all of the bytes at an offset of a file (pwrite(2)); ENOSPC when the file takes no more.
    ///
    /// The kernel reads them: where the memory behind a mapping is gone, this throws EFAULT, and a load of ours would be a SIGBUS.
    package static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt, at offset: Int) throws(Errno) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw count < 0 ? .last : Errno(code: ENOSPC) }
            done += count
        }
    }
}

/// Mapped memory (mmap(2)), unmapped with its owner.
///
/// Reading beyond the end of the file behind it is a SIGBUS: check the length of a peer's file first, see ``MemoryFacts``.
package struct Mapping: ~Copyable, @unchecked Sendable {
    package enum Access {
        case reading
        /// Reading what its owner never changes again. Before Linux 6.7 a file that is sealed against writing (F_SEAL_WRITE), as
        /// compositors give them, can't be mapped in any other way.
        case readingPrivately
        case writing
    }

    /// The mapped bytes; writable only where the mapping is.
    package let bytes: UnsafeMutableRawBufferPointer

    package var start: UnsafeMutableRawPointer { bytes.baseAddress! }
    package var count: Int { bytes.count }

    /// Maps a part of a file, shared with everybody who has the file unless it is read privately.
    ///
    /// - Parameters:
    ///   - descriptor: Borrowed for this call; a mapping outlives its descriptor.
    ///   - offset: Bytes, a multiple of the page size.
    ///   - length: Bytes, at least 1.
    ///   - isPopulated: Whether all pages are brought now (MAP_POPULATE), which is faster than one fault for each.
    package init(
        _ descriptor: CInt, offset: UInt64 = 0, length: Int, for access: Access, isPopulated: Bool = false
    ) throws(Errno) {
        guard let offset = off_t(exactly: offset), length > 0 else { throw Errno(code: EINVAL) }
        let protection = access == .writing ? PROT_READ | PROT_WRITE : PROT_READ
        let flags = (access == .readingPrivately ? MAP_PRIVATE : MAP_SHARED) | (isPopulated ? MAP_POPULATE : 0)
        guard let start = mmap(nil, length, protection, flags, descriptor, offset), start != MAP_FAILED else { throw .last }
        bytes = UnsafeMutableRawBufferPointer(start: start, count: length)
    }

    deinit { munmap(bytes.baseAddress, bytes.count) }
}
