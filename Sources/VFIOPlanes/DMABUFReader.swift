// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CVFIO
internal import Glibc
internal import Planes
internal import System

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
        let buffer: HeldBuffer
        if let held = store.find(claim.memory) { buffer = held } else { buffer = try get(claim, of: kind) }
        record.show(buffer, claim, at: now)
    }

    func newestWasTaken() {}

    /// Asks for the memory at once rather than when its buffer is wanted: its length belongs to the check that a plane must pass
    /// before anybody hears of it.
    private func get(_ claim: PlaneClaim, of kind: PlaneKind) throws(ReadFault) -> HeldBuffer {
        let layout = try claim.layout(of: kind)
        let descriptor: OwnedDescriptor
        do throws(DeviceError) { descriptor = try calls.buffer(id: claim.memory.handle) } catch {
            switch error.errno {
            // An unknown id: ENOENT from mbochs, EINVAL from i915.
            case ENOENT, EINVAL: throw .unknownBuffer(errno: error.errno)
            default: throw .call("VFIO_DEVICE_GET_GFX_DMABUF", errno: error.errno)
            }
        }
        let buffer = try HeldBuffer(descriptor, claim: claim, layout: layout)
        store.insert(buffer, as: claim.memory)
        return buffer
    }
}
