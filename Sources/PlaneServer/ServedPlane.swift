// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CPlaneProtocol
internal import Planes

/// One plane of the source as it was last found, and what of it the source has been told in return: a value.
struct ServedPlane {
    enum Shown {
        case off
        case showing(PlaneInfo, buffer: UInt64)
    }

    let kind: PlaneKind
    private(set) var shown = Shown.off
    private var damage = DamageLog()
    /// The newest generation for which the guest need not wait any more.
    private var released = Generation.none

    init(kind: PlaneKind) { self.kind = kind }

    var generation: Generation { if case .showing(let info, _) = shown { info.generation } else { .none } }

    /// Notes what a query answered. Returns whether it is news.
    mutating func found(_ state: PlaneState, names: inout BufferNames) -> Bool {
        guard case .showing(let info) = state else {
            guard case .showing = shown else { return false }
            shown = .off
            return true
        }
        if case .showing(let earlier, let buffer) = shown, earlier.generation == info.generation,
            earlier.identity == info.identity
        {
            guard earlier.position != info.position || earlier.hotSpot != info.hotSpot else { return false }
            shown = .showing(info, buffer: buffer)
            return true
        }
        damage.record(info.generation, info.damage)
        shown = .showing(info, buffer: names.name(of: info.identity))
        return true
    }

    /// What a viewer that took this generation is to be told.
    func info(takesMultiPlane: Bool, isRegion: Bool, taken: Generation) -> plane_info {
        guard case .showing(let info, let buffer) = shown else { return .off }
        guard takesMultiPlane || info.identity.layout.planeCount == 1 else { return .off }
        return plane_info(
            info, buffer: isRegion ? 0 : buffer, damage: damage.since(taken, upTo: info.generation))
    }

    /// The generation to be called taken at the source, where this one is news to it.
    mutating func release(upTo generation: Generation) -> Generation? {
        guard generation > released, generation <= self.generation else { return nil }
        released = generation
        return generation
    }
}
