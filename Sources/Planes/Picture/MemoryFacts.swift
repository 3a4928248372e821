// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import Glibc

/// What a descriptor that came from a peer is, by the kernel's word rather than the peer's.
package struct MemoryFacts: Equatable {
    /// fstat's, the same over all descriptors of one dma-buf or memfd.
    package let device: UInt64
    package let inode: UInt64
    /// Bytes; nil where an old dma-buf exporter doesn't tell.
    package let length: UInt64?
    /// ``PlaneMemory/dmabuf`` or ``PlaneMemory/memfd``.
    package let memory: PlaneMemory

    /// Looks at a descriptor, which is borrowed.
    package init(of descriptor: CInt) throws(MemoryFault) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(errno: errno) }
        let end = lseek(descriptor, 0, SEEK_END)
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        length = end < 0 ? nil : UInt64(end)
        guard !oriel_is_dma_buf(descriptor) else {
            memory = .dmabuf
            return
        }
        // A pipe would block, a file on a disk or a network would wait: only what is always memory is read.
        guard status.st_mode & S_IFMT == S_IFREG, length != nil, oriel_is_memory_file(descriptor) else { throw .notMemory }
        memory = .memfd
    }
}

/// Why a peer's descriptor can't be a plane's memory.
package enum MemoryFault: Error, Equatable {
    /// Neither a dma-buf nor a file in memory.
    case notMemory
    case system(errno: CInt)
}
