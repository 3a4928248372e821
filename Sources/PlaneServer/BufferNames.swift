// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// Numbers for a source's buffers, by which viewers know memory that they have already. A number never means another buffer.
struct BufferNames {
    /// More than any guest flips among; a buffer forgotten and shown again costs each viewer one call.
    private static let most = 64

    /// Least recently shown first.
    private var known: [(identity: BufferIdentity, name: UInt64)] = []
    private var last: UInt64 = 0

    mutating func name(of identity: BufferIdentity) -> UInt64 {
        if let index = known.lastIndex(where: { $0.identity == identity }) {
            let entry = known[index]
            if index != known.count - 1 {
                known.remove(at: index)
                known.append(entry)
            }
            return entry.name
        }
        if known.count == Self.most { known.removeFirst() }
        last += 1
        known.append((identity, last))
        return last
    }
}
