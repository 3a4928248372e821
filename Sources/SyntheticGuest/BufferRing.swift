// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes

/// Which of a plane's buffers may be drawn into: a value without memory, so that the rule can be tested by itself.
///
/// Kept from being drawn into are the newest picture, since it may be asked for at any moment; the one last handed to the
/// viewer; the one last taken; and the one taken before that, since the compositor may still scan it until the next refresh.
package struct BufferRing {
    /// Four are kept at most and one is drawn into. Three are enough for a viewer that keeps up.
    package static let most = 5

    /// What each slot holds; `.none` where nothing whole.
    private var generations: [Generation] = []
    private var newest: Int?
    private var handedOut: Int?
    private var taken: Int?
    private var takenBefore: Int?

    package init() {}

    /// Adds a slot for a buffer just made.
    package mutating func grow() -> Int {
        generations.append(.none)
        return generations.count - 1
    }

    package var canGrow: Bool { generations.count < Self.most }

    /// The slot to draw into next: of those that nobody may see, the one whose picture is oldest.
    package mutating func beginDrawing() -> Int? {
        var chosen: Int?
        for slot in generations.indices where !isKept(slot) {
            if let best = chosen, generations[best] <= generations[slot] { continue }
            chosen = slot
        }
        if let chosen { generations[chosen] = .none }
        return chosen
    }

    package mutating func publish(_ slot: Int, _ generation: Generation) {
        generations[slot] = generation
        newest = slot
    }

    /// The newest picture's slot, kept from now on as the one that the viewer has.
    package mutating func handOut() -> Int? {
        handedOut = newest
        return newest
    }

    /// The slot that holds exactly this generation and is kept, or nil.
    package func slot(of generation: Generation) -> Int? {
        generations.indices.first { generations[$0] == generation && isKept($0) }
    }

    /// Notes that the viewer has put this generation on screen.
    package mutating func take(_ generation: Generation) {
        guard let slot = slot(of: generation), slot != taken else { return }
        takenBefore = taken
        taken = slot
    }

    package var current: Generation { newest.map { generations[$0] } ?? .none }

    private func isKept(_ slot: Int) -> Bool {
        slot == newest || slot == handedOut || slot == taken || slot == takenBefore
    }
}

/// What changed in the last generations, so that a viewer that missed some still damages all of it.
package struct DamageHistory {
    private static let depth: UInt64 = 16
    private var rectangles = [PixelRectangle](
        repeating: PixelRectangle(x: 0, y: 0, width: 0, height: 0), count: Int(depth))
    private var first: Generation
    private var newest: Generation
    private var taken = Generation.none

    /// Starts with a generation of which everything is new.
    package init(first: Generation) {
        self.first = first
        newest = first
    }

    /// Generations come one by one.
    package mutating func record(_ generation: Generation, _ rectangle: PixelRectangle) {
        newest = generation
        rectangles[Int(generation.rawValue % Self.depth)] = rectangle
    }

    package mutating func take(_ generation: Generation) {
        if generation > taken, generation <= newest { taken = generation }
    }

    /// What changed since the generation last taken.
    package var sinceTaken: Damage {
        guard taken >= first, newest.rawValue - taken.rawValue <= Self.depth else { return .everything }
        var union = PixelRectangle(x: 0, y: 0, width: 0, height: 0)
        var generation = taken
        while generation < newest {
            generation = generation.next
            union = union.union(rectangles[Int(generation.rawValue % Self.depth)])
        }
        return .rectangle(union)
    }
}
