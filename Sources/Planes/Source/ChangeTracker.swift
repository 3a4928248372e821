// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// A plane's generation, and what changed since the one that was committed: a value that hears of changes and answers queries.
package struct ChangeTracker {
    package private(set) var generation = Generation.none
    package private(set) var damage = Damage.everything
    /// The time of the last change: CLOCK_MONOTONIC in nanoseconds.
    package private(set) var changedAt: UInt64 = 0

    package init() {}

    private static let nothing = Damage.rectangle(PixelRectangle(x: 0, y: 0, width: 0, height: 0))

    /// Records that the whole picture was replaced.
    package mutating func replaced(at time: UInt64) {
        generation = generation.next
        damage = .everything
        changedAt = time
    }

    /// Records that pixels changed inside `rectangle`, which the caller has clipped to the buffer.
    package mutating func changed(_ rectangle: PixelRectangle, at time: UInt64) {
        generation = generation.next
        changedAt = time
        if case .rectangle(let earlier) = damage { damage = .rectangle(earlier.union(rectangle)) }
    }

    /// Counts damage from this generation on. If a newer one has come, its share of the damage isn't known: then the sum stays,
    /// which is never too little.
    package mutating func committed(_ generation: Generation) {
        if generation == self.generation { damage = Self.nothing }
    }
}
