// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Foundation

/// How many descriptors of this process are of one file: what tests that run side by side can count.
public func openDescriptors(device: UInt64, inode: UInt64) -> Int {
    let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    return numbers.count { number in
        var status = stat()
        guard let number = Int32(number), fstat(number, &status) == 0 else { return false }
        return status.st_dev == device && status.st_ino == inode
    }
}
