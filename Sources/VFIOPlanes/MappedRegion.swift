// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc

/// Memory of a device, mapped to be read, and unmapped with its owner.
package struct MappedRegion: ~Copyable {
    package let bytes: UnsafeRawBufferPointer

    /// Takes over what mmap(2) returned.
    package init(adopting bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Writes the first `length` bytes to the start of a file, by write(2).
    ///
    /// The kernel reads them, not we: where the memory behind the mapping is gone (the device was removed or reset, its
    /// memory switched off), a load of ours would end the program with SIGBUS, and the kernel's answers EFAULT. That costs
    /// less than pread(2) of the device, which the sample drivers and vfio-pci serve four bytes at a time. process_vm_readv(2)
    /// would answer in the same way, but not for a mapping of a device's own memory (VM_PFNMAP).
    package borrowing func copy(_ length: Int, to file: CInt) throws(DeviceError) {
        precondition(length <= bytes.count)
        var done = 0
        while done < length {
            let count = pwrite(file, bytes.baseAddress! + done, length - done, off_t(done))
            if count > 0 {
                done += count
            } else if count == 0 || errno != EINTR {
                throw DeviceError(errno: count == 0 ? EIO : errno)
            }
        }
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }
}
