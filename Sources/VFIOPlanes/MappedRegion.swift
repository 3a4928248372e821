// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import System

extension Mapping {
    /// Writes the first `length` bytes of a device's memory to the start of a file, by write(2).
    ///
    /// The kernel reads them, not we: where the memory behind the mapping is gone (the device was removed or reset, its
    /// memory switched off), a load of ours would end the program with SIGBUS, and the kernel's answers EFAULT. That costs
    /// less than pread(2) of the device, which the sample drivers and vfio-pci serve four bytes at a time. process_vm_readv(2)
    /// would answer in the same way, but not for a mapping of a device's own memory (VM_PFNMAP).
    package borrowing func copy(_ length: Int, to file: CInt) throws(DeviceError) {
        do throws(Errno) {
            try OwnedDescriptor.write(UnsafeRawBufferPointer(rebasing: bytes[..<length]), to: file, at: 0)
        } catch {
            throw DeviceError(errno: error.code)
        }
    }
}
