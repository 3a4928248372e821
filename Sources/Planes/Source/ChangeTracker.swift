// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// A plane's generation with what changed since the one that was committed: a value, told of changes and asked in queries.
package struct ChangeTracker {
    package private(set) var generation = Generation.none
    package private(set) var damage = Damage.everything
    /// CLOCK_MONOTONIC in nanoseconds.
    package private(set) var changedAt: UInt64 = 0

    package init() {}

    private static let nothing = Damage.rectangle(PixelRectangle(x: 0, y: 0, width: 0, height: 0))

    /// Another picture altogether.
    package mutating func replaced(at time: UInt64) {
        generation = generation.next
        damage = .everything
        changedAt = time
    }

    /// Pixels changed inside `rectangle`, which is clipped to the buffer.
    package mutating func changed(_ rectangle: PixelRectangle, at time: UInt64) {
        generation = generation.next
        changedAt = time
        if case .rectangle(let earlier) = damage { damage = .rectangle(earlier.union(rectangle)) }
    }

    /// Where a newer generation has come already, its damage isn't known apart: the sum stays, which is never too little.
    package mutating func committed(_ generation: Generation) {
        if generation == self.generation { damage = Self.nothing }
    }
}
