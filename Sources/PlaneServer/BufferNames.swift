// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
internal import System

/// Numbers for a source's buffers, by which viewers know memory that they have already. A number never means another buffer.
struct BufferNames {
    /// More than any guest flips among; a buffer forgotten and shown again costs each viewer one call.
    private static let most = 64

    private var known = RecentStore<BufferIdentity, UInt64>(capacity: Self.most)
    private var last: UInt64 = 0

    mutating func name(of identity: BufferIdentity) -> UInt64 {
        if let name = known.find(identity) { return name }
        last += 1
        known.insert(last, as: identity)
        return last
    }
}
