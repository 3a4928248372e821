// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import Planes

/// A copy of a plane's picture: 8 bits each of red, green, blue and premultiplied alpha, rows without padding, the top row first.
///
/// Used for screenshots and tests, never on the frame path.
public struct RGBAImage: Hashable, Sendable {
    public let size: PixelSize
    /// Red, green, blue and alpha of each pixel, in rows.
    public internal(set) var bytes: [UInt8]

    public init(size: PixelSize, bytes: [UInt8]) {
        precondition(bytes.count == Int(size.width) * Int(size.height) * 4, "four bytes a pixel")
        self.size = size
        self.bytes = bytes
    }

    public var bytesPerRow: Int { Int(size.width) * 4 }

    /// The pixel at this position; nil outside the picture.
    public func pixel(x: Int, y: Int) -> SIMD4<UInt8>? {
        guard x >= 0, y >= 0, x < Int(size.width), y < Int(size.height) else { return nil }
        let at = y * bytesPerRow + x * 4
        return SIMD4(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3])
    }

    /// Draws another picture over this one, as a compositor does with a cursor plane. Parts beyond the edges are cut off.
    public mutating func draw(_ top: RGBAImage, at position: PixelPoint) {
        let place = PixelRectangle(
            x: position.x, y: position.y, width: Int32(top.size.width), height: Int32(top.size.height))
        let visible = place.clipped(to: size)
        guard !visible.isEmpty else { return }
        for line in 0..<Int(visible.height) {
            let y = Int(visible.y) + line
            var target = y * bytesPerRow + Int(visible.x) * 4
            var source = (y - Int(position.y)) * top.bytesPerRow + (Int(visible.x) - Int(position.x)) * 4
            for _ in 0..<Int(visible.width) {
                let through = 255 - UInt32(top.bytes[source + 3])
                for channel in 0..<4 {
                    let below = (UInt32(bytes[target + channel]) * through + 127) / 255
                    bytes[target + channel] = UInt8(min(255, UInt32(top.bytes[source + channel]) + below))
                }
                target += 4
                source += 4
            }
        }
    }
}
