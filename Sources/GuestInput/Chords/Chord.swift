// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// A key with exactly these modifiers, written as `ctrl+alt+g`. The user's own keymap says where the key is: G is where the
/// layout has G.
package struct Chord: Hashable, Sendable, CustomStringConvertible {
    package let modifiers: Modifiers
    package let key: NamedKey

    /// - Parameter text: modifiers and one key, joined by +.
    package init(_ text: String) throws(KeyTextError) {
        var modifiers: Modifiers = []
        var key: NamedKey?
        for name in try KeyTextError.names(in: text) {
            if let modifier = Modifiers.named(name) {
                modifiers.insert(modifier)
            } else {
                guard let named = NamedKey(name) else { throw KeyTextError(text, .unknown(name)) }
                guard key == nil else { throw KeyTextError(text, .severalKeys) }
                key = named
            }
        }
        guard let key, key.code.modifier == nil else { throw KeyTextError(text, .noKey) }
        self.modifiers = modifiers
        self.key = key
    }

    /// Parses chords that are separated by commas. An empty text has none.
    package static func list(_ text: String) throws(KeyTextError) -> [Chord] {
        var chords: [Chord] = []
        for part in text.split(separator: ",") { chords.append(try Chord(part.filter { $0 != " " })) }
        return chords
    }

    /// Whether a key that goes down makes the chord.
    func matches(_ code: KeyCode, _ meaning: KeyMeaning) -> Bool {
        guard meaning.modifiers == modifiers else { return false }
        return switch meaning.symbols {
        case .some(let symbols): symbols.plain == key.symbol || symbols.shifted == key.symbol
        case nil: code == key.code
        }
    }

    /// The chord as it is written on keyboards: `Ctrl+Alt+G`.
    package var description: String {
        (Modifiers.names.filter { modifiers.contains($0.modifier) }.map(\.name) + [key.name])
            .map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: "+")
    }
}

/// What a key that goes down means on the host.
package struct KeyMeaning: Hashable, Sendable {
    /// What the keymap has on a key, without and with Shift. AZERTY has its digits there.
    package struct Symbols: Hashable, Sendable {
        package let plain, shifted: KeySymbol?

        package init(plain: KeySymbol?, shifted: KeySymbol?) {
            self.plain = plain
            self.shifted = shifted
        }
    }

    package let modifiers: Modifiers
    /// nil where the keymap is unknown or has nothing on the key that chords are written with, as in a Cyrillic layout. The key
    /// then means what it means on a US keyboard.
    package let symbols: Symbols?

    package init(modifiers: Modifiers, symbols: Symbols? = nil) {
        self.modifiers = modifiers
        self.symbols = symbols
    }
}

/// The modifiers of chords. Locks and the third level (AltGr) are no part of a chord.
package struct Modifiers: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let control = Modifiers(rawValue: 1)
    package static let alt = Modifiers(rawValue: 2)
    package static let shift = Modifiers(rawValue: 4)
    package static let `super` = Modifiers(rawValue: 8)

    /// The names that people write, in the usual order.
    static let names: [(name: String, modifier: Modifiers)] = [
        ("ctrl", .control), ("alt", .alt), ("shift", .shift), ("super", .super),
    ]

    /// The modifier with this name, or a synonym of it, in lower case.
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
