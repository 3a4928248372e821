// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import PlaneImage
public import Planes

extension RGBAImage {
    /// How many pixels of a part aren't what they should be, each channel within 2; alpha is left out, which screenshots make up.
    public func wrongPixels(in area: PixelRectangle, _ expected: (Int, Int) -> UInt32) -> Int {
        var count = 0
        for y in 0..<Int(area.height) {
            for x in 0..<Int(area.width) {
                guard let pixel = pixel(x: Int(area.x) + x, y: Int(area.y) + y) else {
                    count += 1
                    continue
                }
                let color = expected(x, y)
                let difference = [(pixel.x, 16), (pixel.y, 8), (pixel.z, 0)].map { channel, shift in
                    abs(Int(channel) - Int(color >> UInt32(shift) & 0xFF))
                }
                if difference.contains(where: { $0 > 2 }) { count += 1 }
            }
        }
        return count
    }
}
