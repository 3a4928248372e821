// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes

/// Which of a plane's buffers may be drawn into: a value without memory, so that the rule can be tested by itself.
///
/// Kept from being drawn into are the newest picture, since it may be asked for at any moment; the one last handed to whoever
/// queries; the one last taken; and the one taken before that, since the compositor may still scan it until the next refresh.
/// Further viewers say themselves which pictures they hold; where that leaves nothing to draw into, the slowest loses its holds.
package struct BufferRing {
    /// Four are kept at most for one viewer and one is drawn into. Three are enough for a viewer that keeps up.
    package static let most = 5
    /// With further viewers. Three of them can hold what they like; beyond that it is a question of how much they hold in common.
    package static let mostShared = 16
    /// More viewers than a server has, so that their list is bounded whatever is asked.
    package static let mostViewers = 64

    /// What each slot holds; `.none` where nothing whole.
    private var generations: [Generation] = []
    private var newest: Int?
    private var handedOut: Int?
    private var taken: Int?
    private var takenBefore: Int?
    /// In the order in which they came.
    private var viewers: [(name: Int, holds: HeldGenerations)] = []
    /// How often a viewer has lost its holds.
    package private(set) var drops: UInt64 = 0

    package init() {}

    /// Adds a slot for a buffer just made.
    package mutating func grow() -> Int {
        generations.append(.none)
        return generations.count - 1
    }

    package var canGrow: Bool { generations.count < (viewers.isEmpty ? Self.most : Self.mostShared) }

    /// Forgets every buffer, for a new mode, and keeps the viewers: what they hold of the old one are no pictures of this ring.
    package mutating func clear() {
        generations = []
        (newest, handedOut, taken, takenBefore) = (nil, nil, nil, nil)
    }

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
        slot == newest || slot == handedOut || slot == taken || slot == takenBefore || isHeld(generations[slot])
    }
}

// Further viewers.
extension BufferRing {
    /// What a viewer holds from now on, in place of what it held.
    package mutating func hold(_ holds: HeldGenerations, for viewer: Int) {
        let index = viewers.firstIndex { $0.name == viewer }
        switch (index, holds.isEmpty) {
        case (let index?, false): viewers[index].holds = holds
        case (let index?, true): viewers.remove(at: index)
        case (nil, false): if viewers.count < Self.mostViewers { viewers.append((viewer, holds)) }
        case (nil, true): break
        }
    }

    /// Takes its holds from the viewer that is furthest behind, by the oldest picture that it keeps from being drawn over.
    /// Returns false where no viewer keeps any.
    package mutating func dropSlowest() -> Bool {
        var slowest: (index: Int, oldest: Generation)?
        for index in viewers.indices {
            for generation in generations where viewers[index].holds.contains(generation) {
                if let slowest, slowest.oldest <= generation { continue }
                slowest = (index, generation)
            }
        }
        guard let slowest else { return false }
        viewers[slowest.index].holds = .none
        drops += 1
        return true
    }

    private func isHeld(_ generation: Generation) -> Bool {
        for viewer in viewers where viewer.holds.contains(generation) { return true }
        return false
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
