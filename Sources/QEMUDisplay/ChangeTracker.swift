// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// A plane's generation with what changed since the one that was taken: a value, told of changes and asked in queries.
struct ChangeTracker {
    private(set) var generation = Generation.none
    private(set) var damage = Damage.everything
    /// CLOCK_MONOTONIC in nanoseconds.
    private(set) var changedAt: UInt64 = 0

    private static let nothing = Damage.rectangle(PixelRectangle(x: 0, y: 0, width: 0, height: 0))

    /// Another picture altogether.
    mutating func replaced(at time: UInt64) {
        generation = generation.next
        damage = .everything
        changedAt = time
    }

    /// Pixels changed inside `rectangle`, which is clipped to the buffer.
    mutating func changed(_ rectangle: PixelRectangle, at time: UInt64) {
        generation = generation.next
        changedAt = time
        if case .rectangle(let earlier) = damage { damage = .rectangle(earlier.union(rectangle)) }
    }

    /// Where a newer generation has come already, its damage isn't known apart: the sum stays, which is never too little.
    mutating func taken(_ generation: Generation) {
        if generation == self.generation { damage = Self.nothing }
    }
}
