// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes

/// Measures and fits lines of text for a ``Sheet``.
package enum Lettering {
    /// The distance in dots from one glyph's left edge to the next one's.
    package static let advance = Int32(Glyphs.columns) + 1

    /// The size in pixels of the smallest sheet that holds the whole line.
    ///
    /// - Parameter dot: The side of a dot in pixels, at least 1.
    package static func size(of text: String, dot: Int32) -> PixelSize {
        let columns = max(Int32(text.count) * advance - 1, 0)
        return PixelSize(width: UInt32(columns * dot), height: UInt32(Int32(Glyphs.rows) * dot))
    }

    /// The part of a line that fits. A line that is cut ends in three points.
    ///
    /// - Parameter width: The width available, in pixels.
    package static func fitted(_ text: String, width: Int32, dot: Int32) -> String {
        let count = Int(max((width / dot + 1) / advance, 0))
        guard text.count > count else { return text }
        return count > 3 ? text.prefix(count - 3) + "..." : ""
    }

    /// Breaks a text into lines between words, and within words that are wider than the available width. The last line is cut if
    /// more text remains.
    ///
    /// - Parameters:
    ///   - width: The width available, in pixels.
    ///   - most: The highest number of lines, at least 1.
    package static func wrapped(_ text: String, width: Int32, dot: Int32, atMost most: Int) -> [String] {
        let count = Int(max((width / dot + 1) / advance, 0))
        var lines: [String] = [], rest = text.split(separator: " ")[...]
        while let first = rest.popFirst() {
            let isLast = lines.count == most - 1
            var line = String(first)
            if line.count > count, count > 0, !isLast {
                rest.insert(first.dropFirst(count), at: rest.startIndex)
                line = String(first.prefix(count))
            }
            while let next = rest.first, isLast || line.count + 1 + next.count <= count {
                line += " " + String(next)
                rest.removeFirst()
            }
            lines.append(fitted(line, width: width, dot: dot))
        }
        return lines
    }
}
