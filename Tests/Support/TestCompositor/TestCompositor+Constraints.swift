// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Wayland
internal import WaylandServer

/// Pointer constraints, relative pointer motion and cursor shapes.
extension TestCompositor {
    func offerPointerProtocols() {
        offer(ZwpPointerConstraintsV1Resource.self, "zwp_pointer_constraints_v1") { [unowned self] constraints in
            constraints.setHandler(
                Listener { [unowned self] request in
                    switch consume request {
                    case .destroy: break
                    case .lockPointer(let made, let surface, _, _, _):
                        keep(.locked(made), on: surface, constraints)
                        made.onDestroy { [weak self] in self?.constraint = nil }
                    case .confinePointer(let made, let surface, _, _, _):
                        keep(.confined(made), on: surface, constraints)
                        made.onDestroy { [weak self] in self?.constraint = nil }
                    }
                })
        }
        offer(ZwpRelativePointerManagerV1Resource.self, "zwp_relative_pointer_manager_v1") { [unowned self] manager in
            manager.setHandler(
                Listener { [unowned self] request in
                    guard case .getRelativePointer(let made, _) = consume request else { return }
                    relativePointer = made
                    made.onDestroy { [weak self] in self?.relativePointer = nil }
                })
        }
        offer(WpCursorShapeManagerV1Resource.self, "wp_cursor_shape_manager_v1") { _ in }
    }

    enum Constraint {
        case locked(ZwpLockedPointerV1Resource)
        case confined(ZwpConfinedPointerV1Resource)
    }

    private func keep(_ new: Constraint, on surface: WlSurfaceResource?, _ constraints: ZwpPointerConstraintsV1Resource) {
        guard constraint == nil else { return constraints.postError(code: 1, message: "constrained already") }
        constraint = new
        if behaviour.constrainsPointers { constrainPointer(true) }
    }

    /// Activates or deactivates the pointer constraint.
    public func constrainPointer(_ isActive: Bool) {
        switch constraint {
        case .locked(let locked)?: isActive ? locked.sendLocked() : locked.sendUnlocked()
        case .confined(let confined)?: isActive ? confined.sendConfined() : confined.sendUnconfined()
        case nil: break
        }
    }

    /// Moves the mouse by this much without acceleration; with the host's acceleration it moves twice as far.
    public func pushMouse(x: Double, y: Double) {
        framePointer { _ in
            relativePointer?.sendRelativeMotion(
                utimeHi: 0, utimeLo: 0, dx: Fixed(2 * x), dy: Fixed(2 * y), dxUnaccel: Fixed(x), dyUnaccel: Fixed(y))
        }
    }
}
