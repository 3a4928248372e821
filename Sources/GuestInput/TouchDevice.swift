// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Wayland

/// What a finger does that went down on a surface. Places are the surface's own logical coordinates.
package enum TouchEvent {
    case down(id: Int32, x: Double, y: Double)
    case moved(id: Int32, x: Double, y: Double)
    case up(id: Int32)
    /// The compositor has taken all fingers for a gesture of its own.
    case cancelled
}

/// A seat's wl_touch: which surface each finger went down on.
package final class TouchDevice {
    private var fingers: [Int32: WlSurface.Ref] = [:]
    /// More than hands have: a compositor that lifts no finger must not make us grow.
    private static let mostFingers = 64
    private var touch: WlTouch
    private unowned let seat: Seat

    init(_ touch: consuming WlTouch, _ seat: Seat) {
        self.touch = touch
        self.seat = seat
        self.touch.listen(Listener { [unowned self] event in handle(event) })
    }

    private func handle(_ event: consuming WlTouch.Event) {
        switch consume event {
        case .down(let serial, _, let surface, let id, let x, let y):
            seat.serial = serial
            guard fingers.count < Self.mostFingers else { return }
            fingers[id] = surface
            tell(.down(id: id, x: x.double, y: y.double), of: id)
        case .up(let serial, _, let id):
            seat.serial = serial
            tell(.up(id: id), of: id)
            fingers[id] = nil
        case .motion(_, let id, let x, let y): tell(.moved(id: id, x: x.double, y: y.double), of: id)
        case .cancel: cancel()
        default: break
        }
    }

    private func cancel() {
        let surfaces = Set(fingers.values)
        fingers.removeAll()
        for surface in surfaces { seat.target(surface)?.touch(.cancelled, of: seat) }
    }

    private func tell(_ event: TouchEvent, of id: Int32) { seat.target(fingers[id])?.touch(event, of: seat) }

    func close() { cancel() }
}
