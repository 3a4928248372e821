// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes

/// Keys that are pressed together: down in order, up in reverse.
package struct KeyStroke: Hashable, Sendable {
    package let keys: [KeyCode]

    /// - Parameter text: names of keys with + between them, as `ctrl+alt+delete`.
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
