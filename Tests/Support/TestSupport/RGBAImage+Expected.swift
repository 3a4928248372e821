// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import PlaneImage
public import Planes

extension RGBAImage {
    /// The number of pixels in an area that differ from the expected ones by more than 2 in a channel. Alpha is ignored, since
    /// it has no meaning in screenshots.
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
