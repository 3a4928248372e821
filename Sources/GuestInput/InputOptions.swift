// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// What a finger on the window is.
package enum TouchMode: String, CaseIterable, Sendable {
    /// The guest's finger where it has a touchscreen, and else its pointer.
    case guest
    /// The guest's pointer with the left button: QEMU doesn't tell whether its VM has a touchscreen.
    case pointer
}

/// What a user can choose about a window's input.
package struct InputOptions: Sendable {
    package var chords: ChordTable
    /// Whether the guest has the keyboard for itself whenever the window has the focus.
    package var grabsOnFocus = false
    package var touch = TouchMode.guest

    package init(chords: ChordTable = ChordTable()) { self.chords = chords }
}
