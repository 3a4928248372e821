// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The modifiers that chords are made of. Locks and the third level (AltGr) are no part of a chord.
package struct Modifiers: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let control = Modifiers(rawValue: 1)
    package static let alt = Modifiers(rawValue: 2)
    package static let shift = Modifiers(rawValue: 4)
    package static let `super` = Modifiers(rawValue: 8)

    /// As people write them, in the order in which people say them.
    static let names: [(name: String, modifier: Modifiers)] = [
        ("ctrl", .control), ("alt", .alt), ("shift", .shift), ("super", .super),
    ]

    /// The modifier of this name in small letters; also by its other names.
    static func named(_ name: String) -> Modifiers? {
        switch name {
        case "ctrl", "control": .control
        case "alt": .alt
        case "shift": .shift
        case "super", "win", "meta": .super
        default: nil
        }
    }
}
