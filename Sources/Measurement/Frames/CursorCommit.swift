// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// A commit of the cursor plane.
public struct CursorCommit: Equatable, Sendable {
    public enum Change: Equatable, Sendable {
        /// A new picture of the cursor.
        case shape
        /// The same picture at another place.
        case place
        case hidden
    }

    public let change: Change
    /// The cursor's generation; 0 where it is hidden.
    public let generation: UInt64
    /// CLOCK_MONOTONIC in nanoseconds.
    public let committedAt: UInt64

    public init(_ change: Change, generation: UInt64, committedAt: UInt64) {
        self.change = change
        self.generation = generation
        self.committedAt = committedAt
    }
}
