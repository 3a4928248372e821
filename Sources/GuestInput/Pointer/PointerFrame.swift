// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Wayland

/// The events that `wl_pointer.frame` groups. All motions of a frame become one place, which comes before the buttons.
struct PointerFrame {
    private var place: SurfacePoint?
    private var motion: MouseMotion?
    private var buttons: [(code: UInt32, isDown: Bool, time: UInt32)] = []
    private var x = ScrollFrame(), y = ScrollFrame()

    /// Whether it holds as many buttons as it may, for a compositor that never ends a frame.
    var isFull: Bool { buttons.count >= 64 }

    mutating func move(to place: SurfacePoint) { self.place = place }

    mutating func move(by step: MouseMotion) { motion = (motion ?? MouseMotion()) + step }

    mutating func press(_ code: UInt32, isDown: Bool, time: UInt32) { buttons.append((code, isDown, time)) }

    mutating func scroll(_ axis: WlPointer.Axis, _ change: (inout ScrollFrame) -> Void) {
        switch axis {
        case .horizontalScroll: change(&x)
        case .verticalScroll: change(&y)
        default: break
        }
    }

    /// Passes on the events of the whole frame.
    func tell(_ tell: (PointerEvent) -> Void) {
        if let place { tell(.moved(x: place.x, y: place.y)) }
        if let motion { tell(.pushed(motion)) }
        for (code, isDown, time) in buttons { tell(.button(code, isDown: isDown, time: time)) }
        if x != ScrollFrame() || y != ScrollFrame() { tell(.scrolled(x: x.scroll, y: y.scroll)) }
    }
}

/// A place on a surface, in logical coordinates.
package struct SurfacePoint: Hashable, Sendable {
    package var x, y: Double

    package init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}

/// How far a mouse moved, in its own steps and fractions of them, without the host's acceleration.
package struct MouseMotion: Hashable, Sendable {
    package var x, y: Double

    /// The largest motion of one event (wl_fixed), and so of a whole frame.
    private static let most: Double = 0x80_0000

    package init(x: Double = 0, y: Double = 0) {
        self.x = min(max(x, -Self.most), Self.most)
        self.y = min(max(y, -Self.most), Self.most)
    }

    static func + (left: MouseMotion, right: MouseMotion) -> MouseMotion {
        MouseMotion(x: left.x + right.x, y: left.y + right.y)
    }
}
