// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// What is wrong with keys as somebody wrote them.
package struct KeyTextError: Error, Equatable, CustomStringConvertible {
    package enum Reason: Equatable, Sendable {
        /// Two + in a row, or one at an end.
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
        case .gap: "write names of keys with + between them, as ctrl+alt+g"
        case .unknown(let name):
            "there is no key «\(name)»: use letters, digits, f1 to f24, or names such as delete, escape, space or up"
        case .twice(let name): "«\(name)» is there twice: name each key once"
        case .noKey: "only modifiers: add a key, as in ctrl+alt+g"
        case .severalKeys: "more than one key: use ctrl, alt, shift and super with a single key, as in ctrl+alt+g"
        case .noModifier: "no modifier: a chord of the host's needs ctrl, alt, shift or super, as in super+l"
        case .taken: "this chord grabs the keyboard: use another one for either"
        case .notOurs: "the window has no such chord of its own: the guest gets it anyway"
        }
    }

    /// The names in a text of keys, in small letters.
    static func names(in text: String) throws(KeyTextError) -> [String] {
        let names = text.lowercased().split(separator: "+", omittingEmptySubsequences: false).map(String.init)
        guard names.allSatisfy({ !$0.isEmpty }) else { throw KeyTextError(text, .gap) }
        return names
    }
}
