// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CVFIO
internal import Glibc
internal import Planes
internal import System

/// Reads pictures from a device. There is a reader for each of the two types of planes, of which a device uses one.
protocol PictureReader: AnyObject {
    /// The type bit of a query, VFIO_GFX_PLANE_TYPE_*.
    var type: UInt32 { get }
    /// Bytes of pixels copied so far.
    var bytesCopied: UInt64 { get }

    /// Updates the record to the device's newest claim. Where this throws, the record is unchanged.
    func read(_ claim: PlaneClaim, of kind: PlaneKind, into record: inout PlaneRecord, at now: UInt64) throws(ReadFault)

    /// This generation of the primary plane was committed.
    func committed(_ generation: Generation)

    /// The compositor no longer uses this memory of the primary plane.
    func released(_ identity: BufferIdentity)
}

/// Reads planes that are dma-bufs, which are passed on as they are.
final class DMABUFReader: PictureReader {
    let type = UInt32(VFIO_GFX_PLANE_TYPE_DMABUF)
    let bytesCopied: UInt64 = 0
    private let calls: any DeviceCalls
    private let damage: DamagePolicy
    private var store = BufferStore()

    init(_ calls: any DeviceCalls, damage: DamagePolicy) {
        self.calls = calls
        self.damage = damage
    }

    func read(_ claim: PlaneClaim, of kind: PlaneKind, into record: inout PlaneRecord, at now: UInt64) throws(ReadFault) {
        guard !record.shows(claim.memory) else {
            record.keep(claim)
            if kind == .primary, damage == .refresh { record.redraw(at: now) }
            return
        }
        let buffer: DeviceBuffer
        if let held = store.find(claim.memory) { buffer = held } else { buffer = try get(claim, of: kind) }
        record.show(buffer, claim, at: now)
    }

    // The guest draws into its own memory as it likes.
    func committed(_ generation: Generation) {}
    func released(_ identity: BufferIdentity) {}

    /// Asks for the memory at once rather than when its buffer is wanted: its length belongs to the check that a plane must pass
    /// before anybody is told of it.
    private func get(_ claim: PlaneClaim, of kind: PlaneKind) throws(ReadFault) -> DeviceBuffer {
        let layout = try claim.layout(of: kind)
        let descriptor: OwnedDescriptor
        do throws(Errno) { descriptor = try calls.buffer(id: claim.memory.handle) } catch {
            switch error.code {
            // An unknown id: ENOENT from mbochs, EINVAL from i915.
            case ENOENT, EINVAL: throw .unknownBuffer(errno: error.code)
            default: throw .call("VFIO_DEVICE_GET_GFX_DMABUF", errno: error.code)
            }
        }
        let buffer = try DeviceBuffer(descriptor, claim: claim, layout: layout)
        store.insert(buffer, as: claim.memory)
        return buffer
    }
}

/// The rule by which a picture in the same memory counts as new.
///
/// A VFIO driver names a plane's memory and doesn't say that pixels changed in it: a guest that draws into the buffer on
/// screen (a text console, a boot loader) can't be told from one that stands still.
///
/// Regions are copied and compared, so the policy doesn't concern them.
public enum DamagePolicy: String, CaseIterable, Sendable {
    /// Only new memory is a new picture: right for guests that flip between buffers.
    case generation
    /// Each query of the primary plane, once a refresh, finds a new picture: right for every guest, at the price of a commit per
    /// refresh.
    case refresh
}

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

    private var entries = RecentStore<PlaneClaim.Memory, DeviceBuffer>(capacity: Self.capacity)
    private let isHeldElsewhere: (DeviceBuffer) -> Bool

    init(isHeldElsewhere: @escaping (DeviceBuffer) -> Bool = { $0.isHeldElsewhere }) { self.isHeldElsewhere = isHeldElsewhere }

    var count: Int { entries.count }

    /// Finds the buffer of this name and layout and makes it the most recently shown.
    mutating func find(_ memory: PlaneClaim.Memory) -> DeviceBuffer? { entries.find(memory) }

    /// Adds a buffer, and drops one where there are too many.
    ///
    /// A buffer that a plane shows is never dropped: the plane's record holds it, too. Up to the limit, neither is one that is open
    /// elsewhere: asked again for a dma-buf that is still open, mbochs gives out a second descriptor without counting it.
    mutating func insert(_ buffer: DeviceBuffer, as memory: PlaneClaim.Memory) {
        _ = entries.insert(buffer, as: memory) { buffer, count in
            !isKnownUniquelyReferenced(&buffer) || count <= Self.limit && isHeldElsewhere(buffer)
        }
    }
}
