// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CVFIO
internal import Glibc
internal import Planes
internal import System

/// Planes that are dma-bufs, given on as they are.
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
        let buffer: HeldBuffer
        if let held = store.find(claim.memory) { buffer = held } else { buffer = try get(claim, of: kind) }
        record.show(buffer, claim, at: now)
    }

    // The guest draws into its own memory as it likes.
    func committed(_ generation: Generation) {}
    func released(_ identity: BufferIdentity) {}

    /// Asks for the memory now rather than when its buffer is wanted: only then is its length known, and nothing is told of a
    /// plane that hasn't been checked.
    private func get(_ claim: PlaneClaim, of kind: PlaneKind) throws(ReadFault) -> HeldBuffer {
        let layout = try claim.layout(of: kind)
        let descriptor: OwnedDescriptor
        do throws(DeviceError) { descriptor = try calls.buffer(id: claim.memory.handle) } catch {
            switch error.errno {
            // mbochs's word for an unknown id, and i915's.
            case ENOENT, EINVAL: throw .unknownBuffer(errno: error.errno)
            default: throw .call("VFIO_DEVICE_GET_GFX_DMABUF", errno: error.errno)
            }
        }
        let buffer = try HeldBuffer(descriptor, claim: claim, layout: layout)
        store.insert(buffer, as: claim.memory)
        return buffer
    }
}
