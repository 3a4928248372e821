// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
public import SyntheticGuest

extension FrameCounter {
    /// The generation that a picture shows, or nil where there is no counter, or a torn one.
    ///
    /// - Parameters:
    ///   - scale: picture pixels for one guest pixel.
    ///   - origin: where in the picture the guest's top left corner lies.
    ///   - brightness: a pixel's brightness, or nil outside the picture.
    public static func read(
        scale: Double = 1, origin: (x: Int, y: Int) = (0, 0), brightness: (_ x: Int, _ y: Int) -> UInt8?
    ) -> UInt32? {
        var cells: UInt64 = 0
        for row in 0..<rows {
            for column in 0..<columns {
                let x = Double(area.x + column * cell + cell / 2) * scale
                let y = Double(area.y + row * cell + cell / 2) * scale
                guard let value = brightness(origin.x + Int(x), origin.y + Int(y)) else { return nil }
                cells = cells << 1 | (value >= 128 ? 1 : 0)
            }
        }
        let value = UInt32(truncatingIfNeeded: cells)
        return cells == self.cells(of: Generation(UInt64(value))) ? value : nil
    }

    /// The same from rows of four-byte pixels whose second byte is green: RGBA and BGRA in memory, with or without alpha.
    public static func read(
        bytes: [UInt8], bytesPerRow: Int, scale: Double = 1, origin: (x: Int, y: Int) = (0, 0)
    ) -> UInt32? {
        read(scale: scale, origin: origin) { x, y in
            let index = y * bytesPerRow + x * 4 + 1
            return x >= 0 && y >= 0 && x * 4 < bytesPerRow && index < bytes.count ? bytes[index] : nil
        }
    }
}
