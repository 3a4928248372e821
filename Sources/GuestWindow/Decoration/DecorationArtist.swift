// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Lettering
internal import Planes
internal import Surfaces

/// A part of our own decoration as it is drawn: flat colours, the title in dot letters, buttons as dots. Two equal ones look the same.
struct DecorationArtist: Equatable {
    private enum Subject: Equatable {
        case border
        case titleBar(DecorationLayout, title: String, isMaximised: Bool)
    }

    private let subject: Subject
    private let isActivated: Bool
    private let scale: SurfaceScale

    /// No screen is wider. A title bar that a compositor makes wider is drawn coarser, and takes no more memory.
    private static let widest: Int64 = 16_384

    init(borderThatIsActivated isActivated: Bool) {
        subject = .border
        self.isActivated = isActivated
        scale = SurfaceScale()
    }

    init(titleBar layout: DecorationLayout, title: String, isActivated: Bool, isMaximised: Bool, scale: SurfaceScale) {
        // The picture's height changes nothing about it.
        var layout = layout
        layout.content.height = 0
        subject = .titleBar(layout, title: title, isMaximised: isMaximised)
        self.isActivated = isActivated
        self.scale = scale.device(layout.frame(of: .title).width) <= Self.widest ? scale.forDrawing : SurfaceScale()
    }

    private var paper: UInt32 { isActivated ? 0xFF28_3040 : 0xFF48_505C }
    private var ink: UInt32 { isActivated ? 0xFFF0_F2F6 : 0xFFA8_B0BC }

    /// The length of a dot's side in pixels.
    private var dot: Int32 { max(1, scale.pixels(2)) }

    func draw() -> Sheet {
        switch subject {
        // One pixel serves a border of any size.
        case .border: Sheet(size: PixelSize(width: 1, height: 1), color: paper)
        case .titleBar(let layout, let title, let isMaximised): titleBar(layout, title, isMaximised)
        }
    }

    private func titleBar(_ layout: DecorationLayout, _ title: String, _ isMaximised: Bool) -> Sheet {
        let frame = layout.frame(of: .title)
        let width = Int32(clamping: min(scale.device(frame.width), Self.widest)), height = scale.pixels(frame.height)
        var sheet = Sheet(size: PixelSize(width: UInt32(width), height: UInt32(height)), color: paper)
        let margin = scale.pixels(10)
        let end = layout.buttons.last.map { scale.pixels(layout.frame(of: $0)!.x) } ?? width
        // Capitals are in the middle of the bar.
        let top = (height - Int32(Glyphs.rowsAboveLine) * dot) / 2
        sheet.write(
            Lettering.fitted(title, width: end - 2 * margin, dot: dot), at: PixelPoint(x: margin, y: top), dot: dot, color: ink)
        for button in layout.buttons {
            draw(Self.dots(of: button, isMaximised: isMaximised), in: layout.frame(of: button)!, on: &sheet)
        }
        return sheet
    }

    private func draw(_ rows: [UInt8], in frame: LogicalRectangle, on sheet: inout Sheet) {
        let side = Int32(rows.count) * dot
        let left = scale.pixels(frame.x) + (scale.pixels(frame.width) - side) / 2
        let top = scale.pixels(frame.y) + (scale.pixels(frame.height) - side) / 2
        for (row, dots) in rows.enumerated() {
            for column in rows.indices where dots >> (rows.count - 1 - column) & 1 == 1 {
                sheet.fill(
                    PixelRectangle(x: left + Int32(column) * dot, y: top + Int32(row) * dot, width: dot, height: dot), color: ink)
            }
        }
    }

    /// The seven rows of seven dots that a button shows.
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
