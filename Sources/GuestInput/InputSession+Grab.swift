// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Logging

/// Keyboard and pointer for the guest alone, and how to leave.
extension InputSession {
    func toggleGrab(to wanted: Grab) {
        // A window that only shows has no use for it.
        guard sink != nil else { return }
        grab = wanted
        guard grab == .all, !seats.canInhibitShortcuts, !hasToldOfShortcuts else { return }
        hasToldOfShortcuts = true
        log.warning(
            """
            the compositor has no zwp_keyboard_shortcuts_inhibit_manager_v1: its own shortcuts don't reach the guest, also while \
            the keyboard is grabbed
            """)
    }

    func grabDidChange() {
        if grab == .none {
            for case let keyboard? in seats.all.map(\.keyboard) where keyboard.focus == surface { keyboard.stopRepeating() }
        }
        for seat in seats.all { steerKeyboard(seat) }
        steerPointers()
        updateHint()
    }

    /// Brings the compositor's shortcuts in line with the grab. While exactly the modifiers of a host's chord are down the
    /// compositor has its shortcuts: a client can't give it a key, only keep from taking the next one.
    func steerKeyboard(_ seat: Seat) {
        guard let keyboard = seat.keyboard else { return }
        if keyboard.focus == surface {
            keyboard.inhibitShortcuts(grab == .all && !isPaused(seat))
        } else if keyboard.inhibitor?.surface == surface {
            keyboard.inhibitShortcuts(false)
        }
    }

    private func isPaused(_ seat: Seat) -> Bool { options.chords.isHostChordBegun(modifiers(of: seat)) }

    /// The hint stands while the compositor owes an answer, and in a pause for a chord of the host's.
    func updateHint() {
        switch grab {
        case .none: hint = nil
        case .pointer: hint = leaving("pointer")
        case .all where !seats.canInhibitShortcuts: hint = leaving("pointer")
        case .all:
            let answers = seats.all.compactMap { $0.keyboard?.inhibitor }.filter { $0.surface == surface }.map(\.answer)
            if answers.contains(.active) {
                hint = leaving("keyboard")
            } else if answers.contains(.inactive) {
                // The compositor keeps its shortcuts; the pointer stays the guest's.
                hint = leaving("pointer")
            }
        }
    }

    private func leaving(_ device: String) -> String { "press \(options.chords.grab) to release the \(device)" }
}
