// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Wayland

/// Keeps the compositor's own shortcuts off while a seat's keyboard is on a surface, until this is let go of. A seat and a
/// surface may have one at a time (zwp_keyboard_shortcuts_inhibit_manager_v1: a second is a protocol error).
final class ShortcutsInhibitor {
    enum Answer {
        case none
        /// All keys come to the surface.
        case active
        /// The compositor has kept or taken back its shortcuts, as the user told it to.
        case inactive
    }

    let surface: WlSurface.Ref
    private(set) var answer = Answer.none
    private var inhibitor: ZwpKeyboardShortcutsInhibitorV1
    private let onAnswer: () -> Void

    init(_ inhibitor: consuming ZwpKeyboardShortcutsInhibitorV1, on surface: WlSurface.Ref, onAnswer: @escaping () -> Void) {
        self.inhibitor = inhibitor
        self.surface = surface
        self.onAnswer = onAnswer
        self.inhibitor.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .active: answer = .active
                case .inactive: answer = .inactive
                }
                self.onAnswer()
            })
    }
}
