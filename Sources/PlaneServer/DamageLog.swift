// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// What changed from one query to the next, so that each viewer is told what changed since the picture that it committed.
struct DamageLog {
    /// The number of queries that it remembers. A viewer that is further behind draws everything.
    private static let depth = 16

    private var entries: [(generation: Generation, damage: Damage)] = []
    /// The generation before the first entry.
    private var base = Generation.none

    /// Records a new generation with what changed since the one recorded before it, or more.
    mutating func record(_ generation: Generation, _ damage: Damage) {
        if entries.count == Self.depth { base = entries.removeFirst().generation }
        entries.append((generation, damage))
    }

    /// What changed between two recorded generations; `.everything` if that isn't known.
    func since(_ committed: Generation, upTo newest: Generation) -> Damage {
        guard committed != .none, committed >= base, committed <= newest else { return .everything }
        var union = PixelRectangle(x: 0, y: 0, width: 0, height: 0)
        for entry in entries where entry.generation > committed {
            guard case .rectangle(let rectangle) = entry.damage else { return .everything }
            union = union.union(rectangle)
        }
        return .rectangle(union)
    }
}
