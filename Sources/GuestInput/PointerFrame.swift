// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Wayland

/// What belongs together: `wl_pointer.frame` ends it, and one position comes out of it before its buttons, however many it had.
struct PointerFrame {
    private var place: SurfacePoint?
    private var motion: MouseMotion?
    private var buttons: [(code: UInt32, isDown: Bool)] = []
    private var x: ScrollFrame?
    private var y: ScrollFrame?

    /// More buttons than hands have: a compositor that ends no frame must not make us grow.
    var isFull: Bool { buttons.count >= 64 }

    mutating func move(to place: SurfacePoint) { self.place = place }

    mutating func move(by step: MouseMotion) { motion = (motion ?? MouseMotion()) + step }

    mutating func press(_ code: UInt32, isDown: Bool) {
        buttons.append((code, isDown))
    }

    mutating func scroll(_ axis: WlPointer.Axis, _ change: (inout ScrollFrame) -> Void) {
        switch axis {
        case .horizontalScroll: x = Self.changed(x, change)
        case .verticalScroll: y = Self.changed(y, change)
        default: break
        }
    }

    private static func changed(_ frame: ScrollFrame?, _ change: (inout ScrollFrame) -> Void) -> ScrollFrame {
        var frame = frame ?? ScrollFrame()
        change(&frame)
        return frame
    }

    /// Tells what has come together.
    func tell(_ tell: (PointerEvent) -> Void) {
        if let place { tell(.moved(x: place.x, y: place.y)) }
        if let motion { tell(.pushed(motion)) }
        for (code, isDown) in buttons { tell(.button(code, isDown: isDown)) }
        if x != nil || y != nil { tell(.scrolled(x: x?.scroll ?? Scroll(), y: y?.scroll ?? Scroll())) }
    }
}
