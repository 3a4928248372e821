// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes

/// How much room a line of text takes on a ``Sheet``.
package enum Lettering {
    /// In dots, from one glyph's left edge to the next one's.
    package static let advance = Int32(Glyphs.columns) + 1

    /// The smallest sheet that has the whole line on it, in pixels.
    ///
    /// - Parameter dot: the side of a dot in pixels, 1 or more.
    package static func size(of text: String, dot: Int32) -> PixelSize {
        let columns = max(Int32(text.count) * advance - 1, 0)
        return PixelSize(width: UInt32(columns * dot), height: UInt32(Int32(Glyphs.rows) * dot))
    }

    /// As much of a line as there is room for: a line that is cut ends in three points.
    ///
    /// - Parameter width: of the room, in pixels.
    package static func fitted(_ text: String, width: Int32, dot: Int32) -> String {
        let count = Int(max((width / dot + 1) / advance, 0))
        guard text.count > count else { return text }
        return count > 3 ? text.prefix(count - 3) + "..." : ""
    }
}
