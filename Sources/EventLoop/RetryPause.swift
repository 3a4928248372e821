// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// How long to wait before each new try at something that isn't there: a quarter of a second at first, then twice as long each
/// time, up to five seconds.
///
/// ```swift
/// timer.arm(after: pause.next())
/// ```
package struct RetryPause {
    /// Nanoseconds.
    package static let shortest: UInt64 = 250_000_000
    package static let longest: UInt64 = 5_000_000_000

    private var following = Self.shortest

    package init() {}

    /// The pause before the next try, in nanoseconds.
    package mutating func next() -> UInt64 {
        defer { following = min(following * 2, Self.longest) }
        return following
    }
}
