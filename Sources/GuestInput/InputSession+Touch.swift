// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// Fingers on the window: the guest's fingers where it has a touchscreen, and its pointer with the left button where it hasn't.
extension InputSession {
    package func touch(_ event: TouchEvent, of seat: Seat) {
        guard guestTouch.slots > 0 else { return point(event, of: seat) }
        let name = seat.name, mapping = window?.pointerMapping
        switch event {
        case .down(let id, let x, let y):
            give(guestTouch.down(.init(seat: name, id: id), at: SurfacePoint(x: x, y: y), mapping))
        case .moved(let id, let x, let y):
            give(guestTouch.move(.init(seat: name, id: id), to: SurfacePoint(x: x, y: y), mapping))
        case .up(let id): give(guestTouch.up(.init(seat: name, id: id)))
        case .cancelled: give(guestTouch.cancel { $0.seat == name })
        }
    }

    /// The first finger is the pointer, and the others are nobody's.
    private func point(_ event: TouchEvent, of seat: Seat) {
        let name = seat.name, hand = GuestPointer.Hand.finger(seat: name)
        switch event {
        case .down(let id, let x, let y):
            guard pointingFingers[name] == nil else { return }
            pointingFingers[name] = id
            give(guestPointer.enter(hand, at: SurfacePoint(x: x, y: y), view))
            give(guestPointer.press(.left, hand, view))
        case .moved(let id, let x, let y):
            guard pointingFingers[name] == id else { return }
            follow(hand, to: SurfacePoint(x: x, y: y), tellsMotion: false)
        case .up(let id): if pointingFingers[name] == id { liftPointingFinger(of: name) }
        case .cancelled: liftPointingFinger(of: name)
        }
    }

    private func liftPointingFinger(of seat: UInt32) {
        pointingFingers[seat] = nil
        give(guestPointer.leave(.finger(seat: seat)))
    }

    /// The guest's touchscreen comes and goes with its driver.
    func followTouchSlots() {
        guard let sink else { return }
        give(guestTouch.setSlots(options.touch == .pointer ? 0 : sink.abilities.touchSlots))
        if guestTouch.slots > 0 { for seat in Array(pointingFingers.keys) { liftPointingFinger(of: seat) } }
    }

    func give(_ actions: [GuestTouch.Action]) {
        for action in actions { sink?.touch(action.phase, slot: action.slot, x: action.x, y: action.y, screen: action.screen) }
    }
}
