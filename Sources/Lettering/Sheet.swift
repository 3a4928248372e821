// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes

/// Pixels of ours that are drawn once and shown often: rows of ARGB8888 without gaps, alpha premultiplied.
///
/// ```swift
/// var sheet = Sheet(size: PixelSize(width: 200, height: 40), color: 0xFF00_0000)
/// sheet.write("display off", at: PixelPoint(x: 8, y: 8), dot: 2, color: 0xFFFF_FFFF)
/// ```
package struct Sheet: Equatable, Sendable {
    package let size: PixelSize
    package private(set) var pixels: [UInt32]

    /// - Parameter size: neither side more than a few thousand pixels: they are all in memory at once.
    package init(size: PixelSize, color: UInt32) {
        self.size = size
        pixels = [UInt32](repeating: color, count: Int(size.width) * Int(size.height))
    }

    /// What of the rectangle is on the sheet gets the colour.
    package mutating func fill(_ rectangle: PixelRectangle, color: UInt32) {
        let area = rectangle.clipped(to: size)
        guard !area.isEmpty else { return }
        for y in Int(area.y)..<Int(area.y + area.height) {
            let first = y * Int(size.width) + Int(area.x)
            for index in first..<first + Int(area.width) { pixels[index] = color }
        }
    }

    /// Writes a line of text; what doesn't fit on the sheet is cut off.
    ///
    /// - Parameters:
    ///   - point: the top left of the first glyph.
    ///   - dot: the side of a dot in pixels, 1 or more.
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
