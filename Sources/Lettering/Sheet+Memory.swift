// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc

extension Sheet {
    /// Writes the pixels to the beginning of a file in memory. Returns false where not all of them could be.
    package func write(to descriptor: CInt) -> Bool {
        pixels.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let count = pwrite(descriptor, bytes.baseAddress! + written, bytes.count - written, off_t(written))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                written += count
            }
            return true
        }
    }
}
