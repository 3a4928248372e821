// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// Input in the words of `input-send-event` (QEMU's qapi/ui.json, InputEvent). The guest sees all events of a command at once: a
/// tablet would miss a press and its release in one command, so each event is a command of its own.
extension InputEvent {
    /// INPUT_EVENT_ABS_MAX, include/ui/input.h
    static let farthest: UInt32 = 0x7FFF

    /// A place in QEMU's unit, from 0 to ``farthest`` over the whole screen. It is the middle of the pixel: a guest that divides the
    /// range by its number of pixels finds the same pixel.
    static func place(_ point: PixelPoint, on screen: PixelSize) -> InputEvent {
        func scaled(_ place: Int32, _ count: UInt32) -> UInt32 {
            let middle = (2 * Int64(place) + 1) * Int64(farthest + 1) / (2 * Int64(max(count, 1)))
            return UInt32(min(max(middle, 0), Int64(farthest)))
        }
        return .place(x: scaled(point.x, screen.width), y: scaled(point.y, screen.height))
    }

    /// A JSON array. A place and a motion are one event for each axis. It is empty for touch: a monitor doesn't tell whether the
    /// guest takes it.
    var json: String {
        switch self {
        case .key(let code, let isDown):
            "[{\"type\":\"key\",\"data\":{\"down\":\(isDown),\"key\":{\"type\":\"number\",\"data\":\(code.number)}}}]"
        case .button(let button, let isDown):
            "[{\"type\":\"btn\",\"data\":{\"down\":\(isDown),\"button\":\"\(button.word)\"}}]"
        case .place(let x, let y): Self.axes("abs", "\(x)", "\(y)")
        case .motion(let x, let y): Self.axes("rel", "\(x)", "\(y)")
        case .touch: "[]"
        }
    }

    private static func axes(_ type: String, _ x: String, _ y: String) -> String {
        "[{\"type\":\"\(type)\",\"data\":{\"axis\":\"x\",\"value\":\(x)}},"
            + "{\"type\":\"\(type)\",\"data\":{\"axis\":\"y\",\"value\":\(y)}}]"
    }
}

extension PointerButton {
    /// The name in QEMU's InputButton (qapi/ui.json).
    fileprivate var word: String {
        switch self {
        case .left: "left"
        case .middle: "middle"
        case .right: "right"
        case .side: "side"
        case .extra: "extra"
        case .wheelUp: "wheel-up"
        case .wheelDown: "wheel-down"
        case .wheelLeft: "wheel-left"
        case .wheelRight: "wheel-right"
        }
    }
}
