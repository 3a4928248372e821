// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes

/// Keys that are pressed together. They go down in order and up in reverse order.
package struct KeyStroke: Hashable, Sendable {
    package let keys: [KeyCode]

    /// - Parameter text: names of keys, joined by +, such as `ctrl+alt+delete`.
    package init(_ text: String) throws(KeyTextError) {
        var keys: [KeyCode] = []
        for name in try KeyTextError.names(in: text) {
            guard let key = NamedKey(name) else { throw KeyTextError(text, .unknown(name)) }
            guard !keys.contains(key.code) else { throw KeyTextError(text, .twice(name)) }
            keys.append(key.code)
        }
        self.keys = keys
    }
}

/// A mistake in keys that a user wrote.
package struct KeyTextError: Error, Equatable, CustomStringConvertible {
    package enum Reason: Equatable, Sendable {
        /// Two + in a row, or one at the beginning or end.
        case gap
        case unknown(String)
        case twice(String)
        case noKey
        case severalKeys
        case noModifier
        case taken
        case notOurs
    }

    package let text: String
    package let reason: Reason

    init(_ text: String, _ reason: Reason) {
        self.text = text
        self.reason = reason
    }

    package var description: String {
        "«\(text)»: \(complaint)".singleLine
    }

    private var complaint: String {
        switch reason {
        case .gap: "write names of keys, joined by +, such as ctrl+alt+g"
        case .unknown(let name):
            "there is no key «\(name)»: use letters, digits, f1 to f24, or names such as delete, escape, space or up"
        case .twice(let name): "it names «\(name)» twice: name each key once"
        case .noKey: "it has only modifiers: add a key, as in ctrl+alt+g"
        case .severalKeys: "it has more than one key: use ctrl, alt, shift and super with a single key, as in ctrl+alt+g"
        case .noModifier: "it has no modifier: a chord for the host needs ctrl, alt, shift or super, as in super+l"
        case .taken: "this chord grabs the keyboard: choose another one for either purpose"
        case .notOurs: "the window has no such chord: the guest gets it anyway"
        }
    }

    /// The names of keys in a text, in lower case.
    static func names(in text: String) throws(KeyTextError) -> [String] {
        let names = text.lowercased().split(separator: "+", omittingEmptySubsequences: false).map(String.init)
        guard names.allSatisfy({ !$0.isEmpty }) else { throw KeyTextError(text, .gap) }
        return names
    }
}
