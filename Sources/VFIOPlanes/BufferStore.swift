// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
internal import System

/// A device's dma-bufs by the device's own names for them, least recently shown first. They are few enough that searching them
/// beats hashing.
///
/// A driver may give an id out again once its dma-buf is closed; i915 does. As long as an entry is here its dma-buf is open, its id
/// can mean nothing else, and the driver isn't asked for it again.
struct BufferStore {
    /// The number of buffers kept, the same as a window caches. A guest that flips among more pays a call and an import a frame.
    static let capacity = 16
    /// The number of buffers beyond which one is dropped even though somebody else has its dma-buf open.
    static let limit = 64

    private var entries = RecentStore<PlaneClaim.Memory, HeldBuffer>(capacity: Self.capacity)
    private let isHeldElsewhere: (HeldBuffer) -> Bool

    init(isHeldElsewhere: @escaping (HeldBuffer) -> Bool = { $0.isHeldElsewhere }) { self.isHeldElsewhere = isHeldElsewhere }

    var count: Int { entries.count }

    /// Finds the buffer of this name and layout and makes it the most recently shown.
    mutating func find(_ memory: PlaneClaim.Memory) -> HeldBuffer? { entries.find(memory) }

    /// Adds a buffer, and drops one where there are too many.
    ///
    /// A buffer that a plane shows is never dropped: the plane's record holds it, too. Up to the limit, neither is one that is open
    /// elsewhere: asked again for a dma-buf that is still open, mbochs gives out a second descriptor without counting it.
    mutating func insert(_ buffer: HeldBuffer, as memory: PlaneClaim.Memory) {
        _ = entries.insert(buffer, as: memory) { buffer, count in
            !isKnownUniquelyReferenced(&buffer) || count <= Self.limit && isHeldElsewhere(buffer)
        }
    }
}
