// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Surfaces
internal import Wayland

/// The places of our own title bar and borders around the picture, and what a press on them does: a value.
///
/// All lengths are logical units and multiples of four. They are whole device pixels at every quarter of a scale, so that the picture
/// begins on one.
struct DecorationLayout: Equatable {
    static let titleHeight: Int32 = 28
    static let border: Int32 = 4
    /// The length at each corner within which an edge resizes in both directions.
    private static let corner: Int32 = 16

    /// The picture with its bars.
    var content: LogicalSize
    /// False for a maximised window, which can't be resized at its borders.
    let hasBorders: Bool
    /// The buttons from right to left, without those that have no room.
    let buttons: [Button]

    enum Part: CaseIterable { case title, left, right, bottom }

    enum Button { case close, maximise, minimise, fullscreen }

    enum Zone: Equatable {
        case title
        case button(Button)
        case edge(XdgToplevel.ResizeEdge)
    }

    /// - Parameter buttons: those that the compositor supports, the most important first.
    init(content: LogicalSize, hasBorders: Bool, buttons: [Button]) {
        self.content = content
        self.hasBorders = hasBorders
        self.buttons = Array(buttons.prefix(Int(content.width / Self.titleHeight)))
    }

    private var border: Int32 { hasBorders ? Self.border : 0 }

    /// The place of a part relative to the content's top left.
    func frame(of part: Part) -> LogicalRectangle {
        let width = content.width + 2 * border
        return switch part {
        case .title: LogicalRectangle(x: -border, y: -Self.titleHeight, width: width, height: Self.titleHeight)
        case .left: LogicalRectangle(x: -border, y: 0, width: border, height: content.height)
        case .right: LogicalRectangle(x: content.width, y: 0, width: border, height: content.height)
        case .bottom: LogicalRectangle(x: -border, y: content.height, width: width, height: border)
        }
    }

    /// The place of a button relative to the title bar's top left: a square as high as the bar; nil without room.
    func frame(of button: Button) -> LogicalRectangle? {
        guard let index = buttons.firstIndex(of: button) else { return nil }
        let side = Self.titleHeight
        return LogicalRectangle(x: border + content.width - side * Int32(index + 1), y: 0, width: side, height: side)
    }

    /// The zone of a place on a part, relative to the part's top left.
    func zone(of part: Part, x: Double, y: Double) -> Zone {
        let frame = frame(of: part)
        let isLeft = x < Double(Self.corner), isRight = x >= Double(frame.width - Self.corner)
        switch part {
        case .left, .right:
            let isLow = y >= Double(frame.height + border - Self.corner)
            if part == .left { return .edge(isLow ? .bottomLeft : .left) }
            return .edge(isLow ? .bottomRight : .right)
        case .bottom: return .edge(isLeft ? .bottomLeft : isRight ? .bottomRight : .bottom)
        case .title:
            if hasBorders {
                if y < Double(border) { return .edge(isLeft ? .topLeft : isRight ? .topRight : .top) }
                if x < Double(border) { return .edge(y < Double(Self.corner) ? .topLeft : .left) }
                if x >= Double(frame.width - border) { return .edge(y < Double(Self.corner) ? .topRight : .right) }
            }
            return buttons.first { self.frame(of: $0)!.contains(x: x, y: y) }.map(Zone.button) ?? .title
        }
    }

    /// How much larger than its content a window with these parts is at each side.
    static func extents(hasBorders: Bool) -> (left: Int32, top: Int32, right: Int32, bottom: Int32) {
        let border = hasBorders ? border : 0
        return (border, titleHeight, border, border)
    }
}
