// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Foundation

/// The number of this process's descriptors for one file. Tests that run side by side can count those.
public func openDescriptors(device: UInt64, inode: UInt64) -> Int {
    let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    return numbers.count { number in
        var status = stat()
        guard let number = Int32(number), fstat(number, &status) == 0 else { return false }
        return status.st_dev == device && status.st_ino == inode
    }
}
