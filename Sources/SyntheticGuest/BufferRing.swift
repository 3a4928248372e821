// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes

/// Decides which of a plane's buffers the guest may draw into: a value without memory, so that the rule can be tested alone.
///
/// A slot may be drawn into unless it has the newest picture, a viewer holds its picture, or its picture was committed and the
/// compositor hasn't released it. If no slot is left, the guest leaves a picture out. The only viewer never loses a buffer; of
/// several viewers the slowest loses its buffers, so that it can't stop the guest for the others.
package struct BufferRing {
    /// The largest number of slots for the window that shows the guest directly. Three or four are enough for one that keeps up.
    package static let most = 5
    /// The largest number for a single viewer of a server, which holds what is on its way to it, too. A server keeps track of as
    /// many committed buffers of a viewer (`PLANE_UNRELEASED_BUFFERS`).
    package static let mostRemote = 12
    /// The largest number for several viewers of a server.
    package static let mostShared = 16
    /// The largest number of viewers: more than any server has.
    package static let mostViewers = 64

    private struct Slot {
        /// `.none` while the slot has no complete picture.
        var generation = Generation.none
        /// Whether a compositor may be reading it: from `commit` to `release`.
        var isCommitted = false
    }

    private struct Viewer {
        let number: Int
        var holds: HeldGenerations
        /// Viewer 0 is the one in this process: a window, or the server itself.
        var isRemote: Bool { number != 0 }
    }

    private var slots: [Slot] = []
    private var newest: Int?
    /// The viewers that hold something, in the order in which they came.
    private var viewers: [Viewer] = []
    /// How many times a viewer has lost its buffers.
    package private(set) var drops: UInt64 = 0

    package init() {}

    /// Adds a slot for a new buffer.
    package mutating func grow() -> Int {
        slots.append(Slot())
        return slots.count - 1
    }

    package var canGrow: Bool { slots.count < limit }

    private var limit: Int {
        switch viewers.count(where: \.isRemote) {
        case 0: Self.most
        case 1: Self.mostRemote
        default: Self.mostShared
        }
    }

    /// Forgets every buffer, for a new mode. The viewers stay; what they hold are no pictures of the new mode.
    package mutating func clear() {
        slots = []
        newest = nil
    }

    /// The slot to draw into next: the free one with the oldest picture; nil if none is free.
    package mutating func beginDrawing() -> Int? {
        var chosen: Int?, kept = 0
        for index in slots.indices {
            if isKept(index) {
                kept += 1
            } else if chosen == nil || slots[index].generation < slots[chosen!].generation {
                chosen = index
            }
        }
        // There may be more slots than the limit after viewers have gone.
        guard let chosen, kept < limit else { return nil }
        slots[chosen].generation = .none
        return chosen
    }

    package mutating func publish(_ slot: Int, _ generation: Generation) {
        slots[slot].generation = generation
        newest = slot
    }

    /// The slot with the newest picture.
    package var newestSlot: Int? { newest }

    /// The newest generation.
    package var current: Generation { newest.map { slots[$0].generation } ?? .none }

    /// The slot with this generation, if it stays as it is; otherwise nil.
    package func slot(of generation: Generation) -> Int? { index(of: generation).flatMap { isKept($0) ? $0 : nil } }

    /// Records that the compositor has this generation.
    package mutating func commit(_ generation: Generation) {
        if let index = index(of: generation) { slots[index].isCommitted = true }
    }

    /// Records that no compositor has this slot's memory any more.
    package mutating func release(_ slot: Int) { slots[slot].isCommitted = false }

    private func index(of generation: Generation) -> Int? {
        generation == .none ? nil : slots.firstIndex { $0.generation == generation }
    }

    private func isKept(_ slot: Int) -> Bool { slot == newest || slots[slot].isCommitted || isHeld(slots[slot].generation) }

    private func isHeld(_ generation: Generation) -> Bool { viewers.contains { $0.holds.contains(generation) } }
}

// MARK: Viewers

extension BufferRing {
    /// Replaces what a viewer holds. Returns whether every one of these pictures is still there.
    package mutating func hold(_ holds: HeldGenerations, for number: Int) -> Bool {
        let index = viewers.firstIndex { $0.number == number }
        let earlier = index.map { viewers[$0].holds }
        switch (index, holds.isEmpty) {
        case (let index?, false): viewers[index].holds = holds
        case (let index?, true): viewers.remove(at: index)
        case (nil, false): if viewers.count < Self.mostViewers { viewers.append(Viewer(number: number, holds: holds)) }
        case (nil, true): break
        }
        if number != 0, let earlier { uncommit(earlier) }
        return holds.allSatisfy { self.index(of: $0) != nil }
    }

    /// Takes all buffers from the slowest of several remote viewers, committed or not: the viewer that keeps the oldest picture.
    /// Returns false if there are no two remote viewers, or none of them keeps a picture.
    package mutating func dropSlowest() -> Bool {
        guard viewers.count(where: \.isRemote) > 1 else { return false }
        var slowest: (index: Int, oldest: Generation)?
        for index in viewers.indices where viewers[index].isRemote {
            for slot in slots where viewers[index].holds.contains(slot.generation) {
                if let slowest, slowest.oldest <= slot.generation { continue }
                slowest = (index, slot.generation)
            }
        }
        guard let slowest else { return false }
        let dropped = viewers[slowest.index].holds
        viewers[slowest.index].holds = .none
        uncommit(dropped)
        drops += 1
        return true
    }

    /// A remote viewer holds what it has committed, so nobody's compositor has a picture that no remote viewer holds. The server can't say
    /// so of a picture that a viewer still has for all it knows, and that was taken from it here.
    private mutating func uncommit(_ generations: HeldGenerations) {
        for index in slots.indices where generations.contains(slots[index].generation) {
            let generation = slots[index].generation
            guard !viewers.contains(where: { $0.isRemote && $0.holds.contains(generation) }) else { continue }
            slots[index].isCommitted = false
        }
    }
}
