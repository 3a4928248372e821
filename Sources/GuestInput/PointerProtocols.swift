// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Wayland

/// What a compositor has for pointers beyond wl_pointer, each where it has it; all pointers share them.
final class PointerProtocols {
    /// Keeps a pointer on a surface or at a place.
    var constraints: ZwpPointerConstraintsV1?
    /// Tells of the mouse's own motion.
    var relative: ZwpRelativePointerManagerV1?
    /// Has looks for a pointer.
    var shapes: WpCursorShapeManagerV1?
    /// What a pointer wears where there are none.
    let arrow: () -> WlSurface.Ref?

    init(_ registry: Registry, arrow: @escaping () -> WlSurface.Ref?) {
        self.arrow = arrow
        constraints = try? registry.bind(ZwpPointerConstraintsV1.self)
        relative = try? registry.bind(ZwpRelativePointerManagerV1.self)
        shapes = try? registry.bind(WpCursorShapeManagerV1.self)
    }

    /// Whether a pointer can be constrained so. A locked one whose mouse isn't heard would be nothing but stuck.
    func allow(_ kind: PointerConstraint.Kind) -> Bool {
        switch kind {
        case .confined: constraints != nil
        case .locked: constraints != nil && relative != nil
        }
    }
}
