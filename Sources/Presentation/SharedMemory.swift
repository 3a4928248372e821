// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import Glibc
internal import Planes
internal import System

extension OwnedDescriptor {
    /// New memory that can be a wl_shm pool: a memfd of so many bytes, all 0.
    static func sharedMemory(_ length: Int) throws(ImportError) -> OwnedDescriptor {
        let descriptor = oriel_memfd_create("oriel-copy", true)
        guard descriptor >= 0 else {
            throw ImportError("memfd_create: \(String(cString: strerror(-descriptor)))", isTemporary: true)
        }
        let memory = OwnedDescriptor(adopting: descriptor)
        guard ftruncate(memory.rawValue, length) == 0 else {
            throw ImportError("\(length) bytes of shared memory: \(String(cString: strerror(errno)))", isTemporary: true)
        }
        return memory
    }
}
