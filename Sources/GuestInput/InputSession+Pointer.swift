// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Logging
internal import Planes

/// The pointers over the window.
extension InputSession {
    package func pointer(_ event: PointerEvent, of seat: Seat) {
        guard let pointer = seat.pointer else { return }
        let hand = GuestPointer.Hand.pointer(seat: seat.name)
        switch event {
        case .entered(let x, let y):
            give(guestPointer.enter(hand, at: SurfacePoint(x: x, y: y), view))
            steerPointer(seat)
        case .left:
            pointer.tellsMotion = false
            give(guestPointer.leave(hand))
        case .moved(let x, let y):
            let place = SurfacePoint(x: x, y: y)
            follow(hand, to: place, tellsMotion: pointer.tellsMotion)
            dress(seat)
        case .pushed(let motion):
            // The user pushes it along the screen that he sees.
            let way = (window?.pointerMapping?.rotation ?? .none).turnedBack(wayX: motion.x, y: motion.y)
            give(guestPointer.push(by: MouseMotion(x: way.x, y: way.y), view))
        case .button(let code, let isDown):
            if isDown { bringModifiers(of: seat) }
            press(code, isDown, hand)
        case .scrolled(let x, let y):
            bringModifiers(of: seat)
            give(guestPointer.scroll(hand, x: x, y: y, view))
        case .constraintChanged: constraintDidChange(seat)
        }
    }

    var isAbsolute: Bool { sink?.abilities.absolutePointer ?? true }

    var view: GuestPointer.View { GuestPointer.View(mapping: window?.pointerMapping, isAbsolute: isAbsolute) }

    /// - Parameter tellsMotion: whether the mouse's motion comes by itself.
    func follow(_ hand: GuestPointer.Hand, to place: SurfacePoint, tellsMotion: Bool) {
        let isMouseUnseen = !isAbsolute && !tellsMotion
        give(isMouseUnseen ? guestPointer.push(hand, to: place, view) : guestPointer.move(hand, to: place, view))
    }

    private func press(_ code: UInt32, _ isDown: Bool, _ hand: GuestPointer.Hand) {
        guard let button = PointerButton(linux: code) else {
            log.debug("button \(code) isn't sent: guests have none like it")
            return
        }
        guard isDown else { return give(guestPointer.release(button, hand)) }
        grabByClick()
        give(guestPointer.press(button, hand, view))
    }

    func give(_ actions: [GuestPointer.Action]) {
        guard let sink else { return }
        for action in actions {
            switch action {
            case .place(let pixel, let screen): sink.movePointer(to: pixel, screen: screen)
            case .push(let x, let y): sink.movePointer(byX: x, y: y)
            case .button(let button, let isDown): sink.press(button, isDown: isDown)
            }
        }
    }

    /// Gives a seat's pointer, where it is over the window, the look that it should have.
    func dress(_ seat: Seat) {
        guard let pointer = seat.pointer, pointer.focus == surface else { return }
        let look = look(of: pointer)
        if look != pointer.look { pointer.wear(look) }
    }

    private func look(of pointer: PointerDevice) -> PointerLook {
        let isLocked = pointer.constraint.map { $0.kind == .locked && $0.isActive } ?? false
        let isOnPicture = window?.pointerMapping?.contains(x: pointer.place.x, y: pointer.place.y) ?? false
        return PointerLook(over: cursor, isLocked: isLocked, isFree: sink == nil || !isAbsolute, isOnPicture: isOnPicture)
    }
}
