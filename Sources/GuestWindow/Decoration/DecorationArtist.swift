// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Lettering
internal import Planes
internal import Surfaces

/// Draws our own title bar and borders: flat colours, the title in dot letters, buttons as dots.
struct DecorationArtist {
    let isActivated: Bool
    /// Logical units to pixels of the drawing, which the compositor scales where it was drawn coarser.
    private let scale: SurfaceScale

    /// No screen is wider. What a compositor says beyond that costs sharpness, not memory.
    private static let widest: Int64 = 16_384

    /// - Parameter width: the title bar's, in logical units.
    init(isActivated: Bool, width: Int32, scale: SurfaceScale) {
        self.isActivated = isActivated
        self.scale = scale.device(width) <= Self.widest && scale.numerator <= 480 ? scale : SurfaceScale()
    }

    private var paper: UInt32 { isActivated ? 0xFF28_3040 : 0xFF48_505C }
    private var ink: UInt32 { isActivated ? 0xFFF0_F2F6 : 0xFFA8_B0BC }

    /// A dot's side in pixels of the drawing.
    private var dot: Int32 { max(1, Int32(scale.device(2))) }

    private func pixels(_ logical: Int32) -> Int32 { Int32(clamping: scale.device(logical)) }

    /// One pixel, for a border of any size.
    func border() -> Sheet { Sheet(size: PixelSize(width: 1, height: 1), color: paper) }

    func titleBar(_ layout: DecorationLayout, title: String, isMaximised: Bool) -> Sheet {
        let frame = layout.frame(of: .title)
        let width = Int32(clamping: min(scale.device(frame.width), Self.widest))
        var sheet = Sheet(size: PixelSize(width: UInt32(width), height: UInt32(pixels(frame.height))), color: paper)
        let margin = pixels(10)
        let end = layout.buttons.last.map { pixels(layout.frame(of: $0)!.x) } ?? width
        // A capital's middle is the bar's.
        let top = (pixels(frame.height) - Int32(Glyphs.rowsAboveLine) * dot) / 2
        sheet.write(
            Lettering.fitted(title, width: end - 2 * margin, dot: dot), at: PixelPoint(x: margin, y: top), dot: dot, color: ink)
        for button in layout.buttons {
            draw(Self.dots(of: button, isMaximised: isMaximised), in: layout.frame(of: button)!, on: &sheet)
        }
        return sheet
    }

    private func draw(_ rows: [UInt8], in frame: LogicalRectangle, on sheet: inout Sheet) {
        let side = Int32(rows.count) * dot
        let left = pixels(frame.x) + (pixels(frame.width) - side) / 2, top = pixels(frame.y) + (pixels(frame.height) - side) / 2
        for (row, dots) in rows.enumerated() {
            for column in rows.indices where dots >> (rows.count - 1 - column) & 1 == 1 {
                sheet.fill(
                    PixelRectangle(x: left + Int32(column) * dot, y: top + Int32(row) * dot, width: dot, height: dot), color: ink)
            }
        }
    }

    /// Seven rows of seven dots.
    private static func dots(of button: DecorationLayout.Button, isMaximised: Bool) -> [UInt8] {
        switch button {
        case .close: [0b1000001, 0b0100010, 0b0010100, 0b0001000, 0b0010100, 0b0100010, 0b1000001]
        case .minimise: [0, 0, 0, 0, 0, 0, 0b1111111]
        case .fullscreen: [0b1110111, 0b1000001, 0b1000001, 0, 0b1000001, 0b1000001, 0b1110111]
        case .maximise where isMaximised: [0b0011111, 0b0010001, 0b1111101, 0b1000101, 0b1000111, 0b1000100, 0b1111100]
        case .maximise: [0b1111111, 0b1000001, 0b1000001, 0b1000001, 0b1000001, 0b1000001, 0b1111111]
        }
    }
}
