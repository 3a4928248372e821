// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// What a user can choose about a window's input.
package struct InputOptions: Sendable {
    package var chords: ChordTable
    /// Whether the guest has the keyboard for itself whenever the window has the focus.
    package var grabsOnFocus = false

    package init(chords: ChordTable = ChordTable()) { self.chords = chords }
}
