// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// A plane's generation, and what changed since the one that was committed: a value that hears of changes and answers queries.
package struct ChangeTracker {
    package private(set) var generation = Generation.none
    package private(set) var damage = Damage.everything
    /// The time of the last change: CLOCK_MONOTONIC in nanoseconds.
    package private(set) var changedAt: UInt64 = 0

    package init() {}

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

    /// Counts damage from this generation on. If a newer one has come, the sum stays, as the newer one's share of it isn't known.
    package mutating func committed(_ generation: Generation) {
        if generation == self.generation { damage = .rectangle(.empty) }
    }
}

/// What changed in the last generations, so that whoever missed some of them damages all of it: a value.
package struct DamageLog {
    /// The number of generations that it remembers. A viewer that is further behind draws everything.
    private static let depth = 16

    private var entries: [(generation: Generation, damage: Damage)] = []
    /// The generation before the first entry.
    private var base = Generation.none

    package init() { entries.reserveCapacity(Self.depth) }

    /// Records a new generation with what changed since the one recorded before it, or more.
    package mutating func record(_ generation: Generation, _ damage: Damage) {
        if entries.count == Self.depth { base = entries.removeFirst().generation }
        entries.append((generation, damage))
    }

    /// What changed between two recorded generations; `.everything` if that isn't known.
    package func since(_ committed: Generation, upTo newest: Generation) -> Damage {
        guard committed != .none, committed >= base, committed <= newest else { return .everything }
        var union = PixelRectangle.empty
        for entry in entries where entry.generation > committed {
            guard case .rectangle(let rectangle) = entry.damage else { return .everything }
            union = union.union(rectangle)
        }
        return .rectangle(union)
    }
}
