// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import Glibc

/// What the kernel says about a peer's descriptor, whatever the peer says.
package struct MemoryFacts: Equatable {
    /// st_dev and st_ino, the same over all descriptors of one dma-buf or memory file.
    package let device: UInt64
    package let inode: UInt64
    /// Bytes, or nil where an old dma-buf exporter doesn't tell.
    package let length: UInt64?
    /// Whether it is a dma-buf rather than a file in memory.
    package let isDMABuffer: Bool

    /// Examines a descriptor, which is borrowed.
    package init(of descriptor: CInt) throws(MemoryFault) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(errno: errno) }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        length = OwnedDescriptor.length(of: descriptor)
        isDMABuffer = oriel_is_dma_buf(descriptor)
        // Reading a pipe blocks, and so does a file on a disk or a network: only what is always in memory is accepted.
        guard isDMABuffer || status.st_mode & S_IFMT == S_IFREG && length != nil && oriel_is_memory_file(descriptor) else {
            throw .notMemory
        }
    }
}

/// The reason why a peer's descriptor can't be a plane's memory.
package enum MemoryFault: Error, Equatable {
    /// Neither a dma-buf nor a file in memory.
    case notMemory
    case system(errno: CInt)
}
