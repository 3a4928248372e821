// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
internal import System

/// A device's dma-bufs by what it called them, least recently shown first; few enough that looking through them beats hashing.
///
/// A driver may give an id out again once its dma-buf is closed (i915 does). While an entry is here its dma-buf is open, so that
/// its id can mean nothing else, and the driver is asked for it once.
struct BufferStore {
    /// As many as a window caches; a guest that flips among more pays a call and an import a frame.
    static let capacity = 16
    /// Beyond this an entry goes even where somebody still has its dma-buf open.
    static let limit = 64

    private var entries = RecentStore<PlaneClaim.Memory, HeldBuffer>(capacity: Self.capacity)
    private let isHeldElsewhere: (HeldBuffer) -> Bool

    init(isHeldElsewhere: @escaping (HeldBuffer) -> Bool = { $0.isHeldElsewhere }) { self.isHeldElsewhere = isHeldElsewhere }

    var count: Int { entries.count }

    /// The buffer of this name and layout, now the most recently shown.
    mutating func find(_ memory: PlaneClaim.Memory) -> HeldBuffer? { entries.find(memory) }

    /// Adds one, and lets go of those that there are too many of: never of one that a plane shows, which its record holds too.
    ///
    /// Nor of one that is open elsewhere, up to the limit: asked again for a dma-buf that is still open, mbochs gives out a
    /// second descriptor without counting it.
    mutating func insert(_ buffer: HeldBuffer, as memory: PlaneClaim.Memory) {
        _ = entries.insert(buffer, as: memory) { buffer, count in
            !isKnownUniquelyReferenced(&buffer) || count <= Self.limit && isHeldElsewhere(buffer)
        }
    }
}
