// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import Planes

/// The generation, drawn into the picture so that a screenshot tells which one is on screen.
///
/// Three rows of sixteen black or white cells of 8x8 guest pixels, the first at (8, 8): a start marker and a CRC-8, the upper
/// sixteen bits, the lower sixteen bits; white is 1, the highest bit comes first. The low 32 bits of a generation are shown.
public enum FrameCounter {
    /// A cell's width and height in guest pixels.
    public static let cell: Int32 = 8
    public static let columns: Int32 = 16
    public static let rows: Int32 = 3
    /// Where the cells lie, in guest pixels.
    public static let area = PixelRectangle(x: 8, y: 8, width: columns * cell, height: rows * cell)

    /// Neither symmetric nor a run, so that stripes and flat colours aren't taken for it.
    private static let marker: UInt64 = 0b1011_0010

    /// The cells from top left to bottom right, the first in bit 47.
    package static func cells(of generation: Generation) -> UInt64 {
        let value = generation.rawValue & 0xFFFF_FFFF
        return marker << 40 | UInt64(crc(UInt32(value))) << 32 | value
    }

    /// CRC-8 (polynomial x⁸+x²+x+1) over the four bytes, from 0xFF so that zeros aren't their own check.
    private static func crc(_ value: UInt32) -> UInt8 {
        var crc: UInt8 = 0xFF
        for shift in [24, 16, 8, 0] as [UInt32] {
            crc ^= UInt8(truncatingIfNeeded: value >> shift)
            for _ in 0..<8 { crc = crc & 0x80 != 0 ? crc << 1 ^ 0x07 : crc << 1 }
        }
        return crc
    }
}
