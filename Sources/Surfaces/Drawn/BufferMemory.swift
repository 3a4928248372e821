// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

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
    /// New memory of `length` zero bytes that can be a wl_shm pool.
    package static func sharedMemory(_ length: Int) throws(ImportError) -> OwnedDescriptor {
        do throws(Errno) {
            return try memoryFile("oriel-copy", length: length)
        } catch {
            throw ImportError("\(length) bytes of shared memory: \(error.text)", isTemporary: true)
        }
    }
}
