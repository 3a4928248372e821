// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

// The 32-bit words of a device's regions and of the kernel's structs, which VFIO stores in little-endian order.

extension Array<UInt8> {
    /// The word at this offset. Four bytes must be there.
    func word(at offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(self[offset + $1]) << (8 * UInt32($1)) }
    }

    init(word: UInt32) { self = (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
}
