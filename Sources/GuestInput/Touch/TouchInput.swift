// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
internal import Wayland

/// An event of a finger that went down on a surface. Places are in the surface's logical coordinates.
package enum TouchEvent {
    /// The time is in milliseconds; it has no defined beginning, and wraps.
    case down(id: Int32, x: Double, y: Double, time: UInt32)
    case moved(id: Int32, x: Double, y: Double)
    case up(id: Int32)
    /// The compositor has taken all fingers for a gesture of its own.
    case cancelled
}

/// A seat's wl_touch, and the surface on which each finger went down.
package final class TouchDevice {
    private var fingers: [Int32: WlSurface.Ref] = [:]
    /// The most fingers that are followed, for a compositor that lifts none.
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
        case .down(let serial, let time, let surface, let id, let x, let y):
            seat.serial = serial
            guard fingers.count < Self.mostFingers else { return }
            fingers[id] = surface
            tell(.down(id: id, x: x.double, y: y.double, time: time), of: id)
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
        for surface in surfaces { seat.seats.target(surface)?.touch(.cancelled, of: seat) }
    }

    private func tell(_ event: TouchEvent, of id: Int32) { seat.seats.target(fingers[id])?.touch(event, of: seat) }

    func close() { cancel() }
}

/// The fingers on one window: the guest's fingers if it has a touchscreen, and otherwise its pointer with the left button.
final class TouchInput {
    private var guest = GuestTouch()
    /// For each seat, the finger that is the guest's pointer.
    private var pointing: [UInt32: Int32] = [:]
    private unowned let session: InputSession

    init(_ session: InputSession) { self.session = session }

    func handle(_ event: TouchEvent, of seat: Seat) {
        let name = seat.name
        guard guest.slots > 0 else { return point(event, of: name) }
        let mapping = session.window?.pointerMapping
        switch event {
        case .down(let id, let x, let y, _):
            execute(guest.down(.init(seat: name, id: id), at: SurfacePoint(x: x, y: y), mapping))
        case .moved(let id, let x, let y):
            execute(guest.move(.init(seat: name, id: id), to: SurfacePoint(x: x, y: y), mapping))
        case .up(let id): execute(guest.up(.init(seat: name, id: id)))
        case .cancelled: execute(guest.cancel { $0.seat == name })
        }
    }

    /// The first finger is the pointer; the others are ignored.
    private func point(_ event: TouchEvent, of seat: UInt32) {
        switch event {
        case .down(let id, let x, let y, _):
            guard pointing[seat] == nil else { return }
            pointing[seat] = id
            session.pointers.touchDown(seat, at: SurfacePoint(x: x, y: y))
        case .moved(let id, let x, let y):
            if pointing[seat] == id { session.pointers.touchMoved(seat, to: SurfacePoint(x: x, y: y)) }
        case .up(let id): if pointing[seat] == id { liftPointing(seat) }
        case .cancelled: liftPointing(seat)
        }
    }

    private func liftPointing(_ seat: UInt32) {
        pointing[seat] = nil
        session.pointers.touchUp(seat)
    }

    private func liftPointing() { for seat in Array(pointing.keys) { liftPointing(seat) } }

    /// Follows the guest's touchscreen, which comes and goes with its driver.
    func followSink() {
        guard let sink = session.sink else { return }
        execute(guest.setSlots(session.options.touch == .pointer ? 0 : sink.abilities.touchSlots))
        if guest.slots > 0 { liftPointing() }
    }

    func letGo() {
        execute(guest.cancel())
        liftPointing()
    }

    private func execute(_ actions: [GuestTouch.Action]) {
        for action in actions {
            session.sink?.touch(action.phase, slot: action.slot, x: action.x, y: action.y, screen: action.screen)
        }
    }
}
