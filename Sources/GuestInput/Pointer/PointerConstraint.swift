// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Wayland

/// Keeps a pointer on a surface, until ``end()``. A pointer and a surface can have one at a time (zwp_pointer_constraints_v1: a
/// second one is a protocol error).
final class PointerConstraint {
    enum Kind {
        /// The pointer stands still, and only the mouse's own motion is told.
        case locked
        /// The pointer moves within the surface.
        case confined
    }

    let kind: Kind
    let surface: WlSurface.Ref
    /// Whether the compositor enforces it at present. It need not ever do so.
    private(set) var isActive = false
    private let onChange: () -> Void
    private var locked: ZwpLockedPointerV1?
    private var confined: ZwpConfinedPointerV1?

    init(
        _ kind: Kind, _ pointer: WlPointer.Ref, on surface: WlSurface.Ref, _ constraints: borrowing ZwpPointerConstraintsV1,
        onChange: @escaping () -> Void
    ) {
        self.kind = kind
        self.surface = surface
        self.onChange = onChange
        switch kind {
        case .locked:
            // A lost lock doesn't return: a user who comes back to the window must not lose the pointer without a click.
            locked = constraints.lockPointer(surface: surface, pointer: pointer, region: nil, lifetime: .oneshot)
            locked!.listen(
                Listener { [unowned self] event in
                    switch consume event {
                    case .locked: change(true)
                    case .unlocked: change(false)
                    }
                })
        case .confined:
            confined = constraints.confinePointer(surface: surface, pointer: pointer, region: nil, lifetime: .persistent)
            confined!.listen(
                Listener { [unowned self] event in
                    switch consume event {
                    case .confined: change(true)
                    case .unconfined: change(false)
                    }
                })
        }
    }

    /// Ends it at once, even while a handler of its events still holds it.
    func end() {
        locked = nil
        confined = nil
    }

    private func change(_ isActive: Bool) {
        self.isActive = isActive
        onChange()
    }
}
