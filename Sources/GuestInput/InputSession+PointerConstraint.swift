// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Logging

/// Where the pointers may go: a grab locks them for a guest with a mouse and keeps them on the window for one with a tablet.
extension InputSession {
    func steerPointers() { for seat in seats.all { steerPointer(seat) } }

    /// Brings what a pointer tells, where it may go and how it looks in line with guest and grab.
    func steerPointer(_ seat: Seat) {
        guard let pointer = seat.pointer else { return }
        if pointer.focus == surface {
            pointer.tellsMotion = !isAbsolute
            pointer.constrain(wantedConstraint)
            dress(seat)
        } else if pointer.constraint?.surface == surface, grab == .none {
            pointer.constrain(nil)
        }
    }

    /// Nobody needs to hear of mice any more.
    func letGoOfMice() {
        for case let pointer? in seats.all.map(\.pointer) where pointer.focus == surface { pointer.tellsMotion = false }
    }

    private var wantedConstraint: PointerConstraint.Kind? {
        guard grab != .none else { return nil }
        let kind: PointerConstraint.Kind = isAbsolute ? .confined : .locked
        return canConstrain(kind) ? kind : nil
    }

    /// A guest with a mouse can be worked in only while the pointer is locked: without that it hits the window's edges.
    func grabByClick() {
        if grab == .none, sink != nil, !isAbsolute, canConstrain(.locked) { grab = .pointer }
    }

    private func canConstrain(_ kind: PointerConstraint.Kind) -> Bool {
        if seats.pointerProtocols.allow(kind) { return true }
        guard !hasToldOfConstraints else { return false }
        hasToldOfConstraints = true
        log.warning(
            """
            the compositor lacks zwp_pointer_constraints_v1 or zwp_relative_pointer_manager_v1: the pointer isn't kept in \
            the window, and a guest with a mouse follows it only as far as the window's edges
            """)
        return false
    }

    /// A lock that the compositor has ended is over, and the grab with it: the user went elsewhere.
    func constraintDidChange(_ seat: Seat) {
        if let constraint = seat.pointer?.constraint, constraint.kind == .locked, !constraint.isActive { grab = .none }
        dress(seat)
    }
}
