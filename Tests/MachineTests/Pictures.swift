// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import PlaneImage
import Planes

extension RGBAImage {
    /// The page that Tests/VM/device-owner.c paints (`pixel_at`), recomputed.
    static func page(_ page: Int, width: Int, height: Int) -> RGBAImage {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(width * height * 4)
        for y in 0..<height {
            for x in 0..<width {
                let blue = (x >> 8) * 16 + (y >> 8) * 4 + page * 64
                bytes += [UInt8(x & 0xFF), UInt8(y & 0xFF), UInt8(blue & 0xFF), 255]
            }
        }
        return RGBAImage(size: PixelSize(width: UInt32(width), height: UInt32(height)), bytes: bytes)
    }

    /// With another picture's rows in place of its own; both are as wide.
    func with(_ rows: Range<Int>, of other: RGBAImage) -> RGBAImage {
        var bytes = bytes
        let range = rows.lowerBound * bytesPerRow..<rows.upperBound * bytesPerRow
        bytes.replaceSubrange(range, with: other.bytes[range])
        return RGBAImage(size: size, bytes: bytes)
    }

    /// In the middle of a black screen, which is as large or larger.
    func centred(onWidth width: Int, height: Int) -> RGBAImage {
        var bytes = RGBAImage.black(width: width, height: height).bytes
        let left = (width - Int(size.width)) / 2, top = (height - Int(size.height)) / 2
        for row in 0..<Int(size.height) {
            let source = row * bytesPerRow, target = ((top + row) * width + left) * 4
            bytes.replaceSubrange(target..<target + bytesPerRow, with: self.bytes[source..<source + bytesPerRow])
        }
        return RGBAImage(size: PixelSize(width: UInt32(width), height: UInt32(height)), bytes: bytes)
    }

    static func black(width: Int, height: Int) -> RGBAImage {
        let bytes = (0..<width * height * 4).map { $0 % 4 == 3 ? UInt8(255) : 0 }
        return RGBAImage(size: PixelSize(width: UInt32(width), height: UInt32(height)), bytes: bytes)
    }

    /// How many pixels differ from another picture's in a colour by more than this; all where the sizes differ.
    func pixelsDiffering(from other: RGBAImage, by tolerance: Int = 0) -> Int {
        guard size == other.size else { return bytes.count / 4 }
        return bytes.withUnsafeBufferPointer { mine in
            other.bytes.withUnsafeBufferPointer { theirs in
                var count = 0
                for pixel in stride(from: 0, to: mine.count, by: 4)
                where (0..<3).contains(where: { abs(Int(mine[pixel + $0]) - Int(theirs[pixel + $0])) > tolerance }) {
                    count += 1
                }
                return count
            }
        }
    }

    /// The checksum of a display that shows this picture: vkms's, the kernel's crc32_le from 0 over alpha, red, green and blue of
    /// 16 bits each (vkms_composer.c).
    var vkmsChecksum: UInt32 {
        let table = (0..<UInt32(256)).map { index in
            (0..<8).reduce(index) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        return table.withUnsafeBufferPointer { table in
            bytes.withUnsafeBufferPointer { bytes in
                var crc: UInt32 = 0
                func add(_ level: UInt8) {
                    // Eight bits become sixteen by ×257: the byte twice.
                    crc = table[Int((crc ^ UInt32(level)) & 0xFF)] ^ crc >> 8
                    crc = table[Int((crc ^ UInt32(level)) & 0xFF)] ^ crc >> 8
                }
                for pixel in stride(from: 0, to: bytes.count, by: 4) {
                    add(0xFF)
                    for channel in 0..<3 { add(bytes[pixel + channel]) }
                }
                return crc
            }
        }
    }
}
