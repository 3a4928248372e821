// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The pixel formats of QEMU's surfaces: pixman's codes (`pixman.h`), bits per pixel, order and the bits of each channel.
enum PixmanFormat {
    /// The DRM fourcc of the same memory layout, or 0, which validation then rejects as unknown.
    static func fourcc(of code: UInt32) -> UInt32 {
        for entry in table where entry.code == code { return entry.fourcc }
        return 0
    }

    /// The format of CursorDefine's bytes, which have no pixman code in the call.
    static let cursor: UInt32 = fourcc("AR24")

    private static let table: [(code: UInt32, fourcc: UInt32)] = [
        (0x2002_0888, fourcc("XR24")),  // PIXMAN_x8r8g8b8
        (0x2002_8888, fourcc("AR24")),  // PIXMAN_a8r8g8b8
        (0x2003_0888, fourcc("XB24")),  // PIXMAN_x8b8g8r8
        (0x2003_8888, fourcc("AB24")),  // PIXMAN_a8b8g8r8
        (0x2008_0888, fourcc("BX24")),  // PIXMAN_b8g8r8x8
        (0x2008_8888, fourcc("BA24")),  // PIXMAN_b8g8r8a8
        (0x2009_0888, fourcc("RX24")),  // PIXMAN_r8g8b8x8
        (0x2009_8888, fourcc("RA24")),  // PIXMAN_r8g8b8a8
        (0x2002_0AAA, fourcc("XR30")),  // PIXMAN_x2r10g10b10
        (0x2002_2AAA, fourcc("AR30")),  // PIXMAN_a2r10g10b10
        (0x1802_0888, fourcc("RG24")),  // PIXMAN_r8g8b8
        (0x1803_0888, fourcc("BG24")),  // PIXMAN_b8g8r8
        (0x1002_0565, fourcc("RG16")),  // PIXMAN_r5g6b5
        (0x1003_0565, fourcc("BG16")),  // PIXMAN_b5g6r5
        (0x1002_0555, fourcc("XR15")),  // PIXMAN_x1r5g5b5
        (0x1002_1555, fourcc("AR15")),  // PIXMAN_a1r5g5b5
    ]

    private static func fourcc(_ name: StaticString) -> UInt32 {
        name.withUTF8Buffer { UInt32($0[0]) | UInt32($0[1]) << 8 | UInt32($0[2]) << 16 | UInt32($0[3]) << 24 }
    }
}
