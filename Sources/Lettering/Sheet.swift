// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
package import Planes

/// Pixels that Oriel draws once and shows often: rows of ARGB8888 without padding, alpha premultiplied.
///
/// ```swift
/// var sheet = Sheet(size: PixelSize(width: 200, height: 40), color: 0xFF00_0000)
/// sheet.write("display off", at: PixelPoint(x: 8, y: 8), dot: 2, color: 0xFFFF_FFFF)
/// ```
package struct Sheet: Equatable, Sendable {
    package let size: PixelSize
    package private(set) var pixels: [UInt32]

    /// - Parameter size: At most a few thousand pixels on either side, since all pixels are kept in memory.
    package init(size: PixelSize, color: UInt32) {
        self.size = size
        pixels = [UInt32](repeating: color, count: Int(size.width) * Int(size.height))
    }

    /// Fills the part of the rectangle that lies on the sheet.
    package mutating func fill(_ rectangle: PixelRectangle, color: UInt32) {
        let area = rectangle.clipped(to: size)
        guard !area.isEmpty else { return }
        for y in Int(area.y)..<Int(area.y + area.height) {
            let first = y * Int(size.width) + Int(area.x)
            for index in first..<first + Int(area.width) { pixels[index] = color }
        }
    }

    /// Writes a line of text. Whatever doesn't fit on the sheet is cut off.
    ///
    /// - Parameters:
    ///   - point: The top left corner of the first glyph.
    ///   - dot: The side of a dot in pixels, at least 1.
    package mutating func write(_ text: String, at point: PixelPoint, dot: Int32, color: UInt32) {
        var left = point.x
        for character in text {
            guard left < Int32(size.width) else { return }
            write(Glyphs.code(of: character), at: PixelPoint(x: left, y: point.y), dot: dot, color: color)
            left += Lettering.advance * dot
        }
    }

    private mutating func write(_ code: UInt8, at point: PixelPoint, dot: Int32, color: UInt32) {
        for row in 0..<Glyphs.rows {
            let dots = Glyphs.row(row, of: code)
            for column in 0..<Glyphs.columns where dots >> (Glyphs.columns - 1 - column) & 1 == 1 {
                fill(
                    PixelRectangle(
                        x: point.x + Int32(column) * dot, y: point.y + Int32(row) * dot, width: dot, height: dot),
                    color: color)
            }
        }
    }
}

extension Sheet {
    /// Writes the pixels to the beginning of a memory file. Returns false if not all of them could be written.
    package func write(to descriptor: CInt) -> Bool {
        pixels.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let count = pwrite(descriptor, bytes.baseAddress! + written, bytes.count - written, off_t(written))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                written += count
            }
            return true
        }
    }
}
