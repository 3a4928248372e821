// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import Glibc
package import System

/// Why a buffer can't be given to the compositor: the end of a sentence that starts with the plane.
package struct ImportError: Error, CustomStringConvertible {
    package let description: String
    /// Whether the next try may succeed, as when the kernel was short of something.
    package let isTemporary: Bool

    package init(_ description: String, isTemporary: Bool = false) {
        self.description = description
        self.isTemporary = isTemporary
    }
}

extension OwnedDescriptor {
    /// New memory that can be a wl_shm pool: a memfd of so many bytes, all 0.
    package static func sharedMemory(_ length: Int) throws(ImportError) -> OwnedDescriptor {
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
