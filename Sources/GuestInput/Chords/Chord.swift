// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// A key with exactly these modifiers, written as `ctrl+alt+g`. The user's own keymap decides where the key is: G is where the layout
/// has G.
package struct Chord: Hashable, Sendable, CustomStringConvertible {
    let modifiers: Modifiers
    let key: NamedKey

    /// - Parameter text: modifiers and one key, joined by +.
    package init(_ text: String) throws(KeyTextError) {
        var modifiers: Modifiers = []
        var key: NamedKey?
        for name in try KeyTextError.names(in: text) {
            if let modifier = Modifiers.named[name] {
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

/// The meaning of a key that goes down on the host.
struct KeyMeaning {
    /// The symbols that the keymap has on a key, without and with Shift. AZERTY has its digits there.
    struct Symbols {
        let plain, shifted: KeySymbol?
    }

    let modifiers: Modifiers
    /// nil where the keymap is unknown or has no symbol on the key that chords are written with, as in a Cyrillic layout. The key then
    /// means the same as on a US keyboard.
    var symbols: Symbols?
}

/// The modifiers of chords. Locks and the third level (AltGr) are no part of a chord.
struct Modifiers: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    static let control = Modifiers(rawValue: 1)
    static let alt = Modifiers(rawValue: 2)
    static let shift = Modifiers(rawValue: 4)
    static let `super` = Modifiers(rawValue: 8)

    /// The names that people write, in the usual order.
    static let names: [(name: String, modifier: Modifiers)] = [
        ("ctrl", .control), ("alt", .alt), ("shift", .shift), ("super", .super),
    ]

    /// The modifiers by their names and synonyms in lower case.
    static let named: [String: Modifiers] = [
        "ctrl": .control, "control": .control, "alt": .alt, "shift": .shift, "super": .super, "win": .super, "meta": .super,
    ]
}
