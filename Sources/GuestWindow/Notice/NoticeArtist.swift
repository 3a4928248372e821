// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Lettering
internal import Planes
internal import Surfaces

/// A notice as it is drawn in dot letters: a dark box with the headline, and the reason in smaller letters below it. Two equal ones look
/// the same.
struct NoticeArtist: Equatable {
    /// The size of the box on the window.
    let size: LogicalSize
    private let scale: SurfaceScale
    private let lines: [Line]

    private struct Line: Equatable {
        let text: String
        let dot: Int32
        let color: UInt32

        var width: Int32 { Int32(Lettering.size(of: text, dot: dot).width) }
        /// A line's height including the gap to the next line.
        var height: Int32 { Int32(Glyphs.rows + 2) * dot }
    }

    /// The greatest width in logical units: longer lines are hard to read.
    private static let widest: Int32 = 720
    private static let margin: Int32 = 14
    private static let reasonLines = 3
    private static let paper: UInt32 = 0xFF18_1C22
    private static let strongInk: UInt32 = 0xFFF0_F2F6
    private static let weakInk: UInt32 = 0xFFA8_B0BC

    /// - Parameter width: the room's width in logical units. Text that doesn't fit is cut off.
    init(_ notice: Notice, width: Int32, scale windowScale: SurfaceScale) {
        let scale = windowScale.forDrawing
        let margin = max(1, scale.pixels(Self.margin)), large = max(1, scale.pixels(3)), small = max(1, scale.pixels(2))
        let most = scale.pixels(min(width, Self.widest)) - 2 * margin
        let headline = Lettering.fitted(notice.headline, width: most, dot: large)
        let reason = (notice.reason ?? "").split(separator: "\n").flatMap {
            Lettering.wrapped(String($0), width: most, dot: small, atMost: Self.reasonLines)
        }
        let lines =
            [Line(text: headline, dot: large, color: Self.strongInk)]
            + reason.map { Line(text: $0, dot: small, color: Self.weakInk) }
        size = LogicalSize(
            width: scale.logical(Int64(lines.map(\.width).max()! + 2 * margin)),
            height: scale.logical(Int64(lines.reduce(2 * margin) { $0 + $1.height })))
        self.scale = scale
        self.lines = lines
    }

    func draw() -> Sheet {
        let width = max(1, scale.pixels(size.width)), height = max(1, scale.pixels(size.height))
        var sheet = Sheet(size: PixelSize(width: UInt32(width), height: UInt32(height)), color: Self.paper)
        var top = max(1, scale.pixels(Self.margin))
        for line in lines {
            sheet.write(line.text, at: PixelPoint(x: (width - line.width) / 2, y: top), dot: line.dot, color: line.color)
            top += line.height
        }
        return sheet
    }
}
