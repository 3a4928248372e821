// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// A key with exactly these modifiers, as `ctrl+alt+g`. It is where the user's own keymap has the key: G is where G is written.
package struct Chord: Hashable, Sendable, CustomStringConvertible {
    package let modifiers: Modifiers
    package let key: NamedKey

    /// - Parameter text: modifiers and one key with + between them.
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

    /// Several, with commas between them; none for an empty text.
    package static func list(_ text: String) throws(KeyTextError) -> [Chord] {
        var chords: [Chord] = []
        for part in text.split(separator: ",") { chords.append(try Chord(part.filter { $0 != " " })) }
        return chords
    }

    /// Whether this key going down is the chord.
    func matches(_ code: KeyCode, _ meaning: KeyMeaning) -> Bool {
        guard meaning.modifiers == modifiers else { return false }
        return switch meaning.symbols {
        case .some(let symbols): symbols.plain == key.symbol || symbols.shifted == key.symbol
        case nil: code == key.code
        }
    }

    /// As it's written on keyboards: `Ctrl+Alt+G`.
    package var description: String {
        (Modifiers.names.filter { modifiers.contains($0.modifier) }.map(\.name) + [key.name])
            .map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: "+")
    }
}

/// What the host makes of a key that goes down.
package struct KeyMeaning: Hashable, Sendable {
    /// What is on the key, without and with Shift. AZERTY has its digits there.
    package struct Symbols: Hashable, Sendable {
        package let plain, shifted: KeySymbol?

        package init(plain: KeySymbol?, shifted: KeySymbol?) {
            self.plain = plain
            self.shifted = shifted
        }
    }

    package let modifiers: Modifiers
    /// nil where the keymap has nothing there that chords are written with, as under a Cyrillic layout, or isn't known: then
    /// the key is what it is on a US keyboard.
    package let symbols: Symbols?

    package init(modifiers: Modifiers, symbols: Symbols? = nil) {
        self.modifiers = modifiers
        self.symbols = symbols
    }
}
