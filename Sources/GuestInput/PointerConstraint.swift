// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Wayland

/// A pointer that may not leave a surface, until ``end()``. A pointer and a surface may have one at a time
/// (zwp_pointer_constraints_v1: a second is a protocol error).
final class PointerConstraint {
    enum Kind {
        /// It stands still, and only the mouse's own motion is told.
        case locked
        /// It moves, within the surface.
        case confined
    }

    let kind: Kind
    let surface: WlSurface.Ref
    /// Whether the compositor is keeping to it just now. It need not, ever.
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
            // Once lost it stays lost: who comes back to the window must not find the pointer gone without having asked for it.
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

    /// At once: a handler of its events may still keep it.
    func end() {
        locked = nil
        confined = nil
    }

    private func change(_ isActive: Bool) {
        self.isActive = isActive
        onChange()
    }
}
