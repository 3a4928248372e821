// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Lettering
internal import Planes
internal import Surfaces

/// Draws a notice in dot letters: a dark box with the headline, and the reason smaller below it.
struct NoticeArtist {
    /// Logical units to pixels of the drawing, which the compositor scales where it was drawn coarser.
    private let scale: SurfaceScale

    /// In logical units: wider lines are hard to read.
    private static let widest: Int32 = 720
    private static let margin: Int32 = 14
    private static let reasonLines = 3
    private static let paper: UInt32 = 0xFF18_1C22
    private static let strongInk: UInt32 = 0xFFF0_F2F6
    private static let weakInk: UInt32 = 0xFFA8_B0BC

    /// - Parameter scale: beyond four it costs sharpness, not memory.
    init(scale: SurfaceScale) { self.scale = scale.numerator <= 480 ? scale : SurfaceScale() }

    private struct Line {
        let text: String
        let dot: Int32
        let color: UInt32
    }

    private func pixels(_ logical: Int32) -> Int32 { max(1, Int32(clamping: scale.device(logical))) }

    /// The drawing, and its size on screen.
    ///
    /// - Parameter room: the window's; what doesn't fit is cut off.
    func draw(_ notice: Notice, in room: LogicalSize) -> (sheet: Sheet, size: LogicalSize) {
        let margin = pixels(Self.margin), most = pixels(min(room.width, Self.widest)) - 2 * margin
        let lines = lines(of: notice, width: most)
        let width = lines.map { Int32(Lettering.size(of: $0.text, dot: $0.dot).width) }.max() ?? 0
        let height = lines.reduce(0) { $0 + Self.height(of: $1) }
        let size = LogicalSize(
            width: scale.logical(Int64(width + 2 * margin)), height: scale.logical(Int64(height + 2 * margin)))
        var sheet = Sheet(
            size: PixelSize(width: UInt32(pixels(size.width)), height: UInt32(pixels(size.height))), color: Self.paper)
        var top = margin
        for line in lines {
            let left = (Int32(sheet.size.width) - Int32(Lettering.size(of: line.text, dot: line.dot).width)) / 2
            sheet.write(line.text, at: PixelPoint(x: left, y: top), dot: line.dot, color: line.color)
            top += Self.height(of: line)
        }
        return (sheet, size)
    }

    private func lines(of notice: Notice, width: Int32) -> [Line] {
        let large = pixels(3), small = pixels(2)
        let headline = Line(
            text: Lettering.fitted(notice.headline, width: width, dot: large), dot: large, color: Self.strongInk)
        let reason = notice.reason.map { Lettering.wrapped($0, width: width, dot: small, atMost: Self.reasonLines) } ?? []
        return [headline] + reason.map { Line(text: $0, dot: small, color: Self.weakInk) }
    }

    /// A line's, with what keeps it from the next.
    private static func height(of line: Line) -> Int32 { Int32(Glyphs.rows + 2) * line.dot }
}
