// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Logging
internal import Planes
internal import Surfaces
internal import Wayland

/// The pointers over one window: their events go to the guest's pointer, a grab keeps them in the window, and their look leaves room for
/// the guest's cursor.
///
/// A grab locks the pointer for a guest with a mouse, and confines it to the window for a guest with a tablet.
final class PointerInput {
    private var guest = GuestPointer()
    private var hasReportedConstraints = false
    private unowned let session: InputSession

    /// How the window shows the guest's cursor.
    var cursor = ShownCursor.unknown {
        didSet { for seat in session.seats.all { dress(seat) } }
    }

    /// Whether the pointer is hidden until it is used.
    var isResting = false {
        didSet { for seat in session.seats.all { dress(seat) } }
    }

    init(_ session: InputSession) { self.session = session }

    func handle(_ event: PointerEvent, of seat: Seat) {
        guard let pointer = seat.pointer else { return }
        let hand = GuestPointer.Hand.pointer(seat: seat.name)
        session.window?.pointerWasUsed()
        switch event {
        case .entered(let x, let y):
            execute(guest.move(hand, to: SurfacePoint(x: x, y: y), view))
            steer(seat)
        case .left:
            pointer.tellsMotion = false
            execute(guest.leave(hand))
        case .moved(let x, let y):
            follow(hand, to: SurfacePoint(x: x, y: y), tellsMotion: pointer.tellsMotion)
            dress(seat)
        case .pushed(let motion):
            // The user moves the mouse along the turned picture.
            let way = (session.window?.pointerMapping?.rotation ?? .none).turnedBack(wayX: motion.x, y: motion.y)
            execute(guest.push(by: MouseMotion(x: way.x, y: way.y), view))
        case .button(let code, let isDown, _):
            if isDown { session.keyboards.bringModifiers(of: seat) }
            press(code, isDown, hand)
        case .scrolled(let x, let y):
            session.keyboards.bringModifiers(of: seat)
            execute(guest.scroll(hand, x: x, y: y, view))
        case .constraintChanged:
            // The compositor ends a lock when the user goes elsewhere, and the grab ends with it.
            if let constraint = pointer.constraint, constraint.kind == .locked, !constraint.isActive { session.setGrab(.none) }
            dress(seat)
        }
    }

    /// Whether the guest takes places rather than motion. A window without guest input behaves as if it did.
    var isAbsolute: Bool { session.sink?.abilities.absolutePointer ?? true }

    private var view: GuestPointer.View { GuestPointer.View(mapping: session.window?.pointerMapping, isAbsolute: isAbsolute) }

    private func press(_ code: UInt32, _ isDown: Bool, _ hand: GuestPointer.Hand) {
        guard let button = PointerButton(linux: code) else {
            session.log.debug("button \(code) isn't sent: guests have no such button")
            return
        }
        guard isDown else { return execute(guest.release(button, hand)) }
        // A guest with a mouse needs the lock: otherwise its mouse stops at the window's edges.
        if session.grab == .none, session.sink != nil, !isAbsolute, canConstrain(.locked) { session.setGrab(.pointer) }
        execute(guest.press(button, hand, view))
    }

    /// - Parameter tellsMotion: whether other events tell the mouse's own motion.
    private func follow(_ hand: GuestPointer.Hand, to place: SurfacePoint, tellsMotion: Bool) {
        let pushes = !isAbsolute && !tellsMotion
        execute(pushes ? guest.push(hand, to: place, view) : guest.move(hand, to: place, view))
    }

    /// Makes a finger the guest's pointer, with the left button down.
    func touchDown(_ seat: UInt32, at place: SurfacePoint) {
        execute(guest.move(.finger(seat: seat), to: place, view))
        execute(guest.press(.left, .finger(seat: seat), view))
    }

    func touchMoved(_ seat: UInt32, to place: SurfacePoint) { follow(.finger(seat: seat), to: place, tellsMotion: false) }

    func touchUp(_ seat: UInt32) { execute(guest.leave(.finger(seat: seat))) }

    func letGo() { execute(guest.leaveAll()) }

    /// Ends the events of the mouse's own motion.
    func close() {
        for case let pointer? in session.seats.all.map(\.pointer) where pointer.focus == session.surface {
            pointer.tellsMotion = false
        }
    }

    private func execute(_ actions: [GuestPointer.Action]) {
        guard let sink = session.sink else { return }
        for action in actions {
            switch action {
            case .place(let pixel, let screen): sink.movePointer(to: pixel, screen: screen)
            case .push(let x, let y): sink.movePointer(byX: x, y: y)
            case .button(let button, let isDown): sink.press(button, isDown: isDown)
            }
        }
    }

    // MARK: - Constraints and looks

    func steer() { for seat in session.seats.all { steer(seat) } }

    /// Updates a pointer's events, constraint and look to match guest and grab.
    private func steer(_ seat: Seat) {
        guard let pointer = seat.pointer else { return }
        if pointer.focus == session.surface {
            pointer.tellsMotion = !isAbsolute
            pointer.constrain(wantedConstraint)
            dress(seat)
        } else if pointer.constraint?.surface == session.surface, session.grab == .none {
            pointer.constrain(nil)
        }
    }

    private var wantedConstraint: PointerConstraint.Kind? {
        guard session.grab != .none else { return nil }
        let kind: PointerConstraint.Kind = isAbsolute ? .confined : .locked
        return canConstrain(kind) ? kind : nil
    }

    private func canConstrain(_ kind: PointerConstraint.Kind) -> Bool {
        if session.seats.pointerProtocols.allow(kind) { return true }
        guard !hasReportedConstraints else { return false }
        hasReportedConstraints = true
        session.log.warning(
            """
            the compositor lacks zwp_pointer_constraints_v1 or zwp_relative_pointer_manager_v1: the pointer isn't kept in \
            the window, and a guest with a mouse follows it only as far as the window's edges
            """)
        return false
    }

    private func isLocked(_ pointer: PointerDevice) -> Bool {
        pointer.constraint.map { $0.kind == .locked && $0.isActive } ?? false
    }

    /// Gives a seat's pointer the right look, if it is over the window.
    private func dress(_ seat: Seat) {
        guard let pointer = seat.pointer, pointer.focus == session.surface else { return }
        let look = PointerLook(
            over: cursor, isHidden: isResting || isLocked(pointer),
            isFree: session.sink == nil || !isAbsolute,
            isOnPicture: session.window?.pointerMapping?.contains(x: pointer.place.x, y: pointer.place.y) ?? false,
            isWindowLocked: session.options.chords.isLocked)
        if look != pointer.look { pointer.wear(look) }
    }
}
