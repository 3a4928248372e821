// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc

/// Memory of a device, mapped to be read, and unmapped with its owner.
package struct MappedRegion: ~Copyable {
    package let bytes: UnsafeRawBufferPointer

    /// Takes over what mmap(2) returned.
    package init(adopting bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }
}
