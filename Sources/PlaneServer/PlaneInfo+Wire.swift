// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CPlaneProtocol
internal import Planes

// The conversion between planes and the protocol's structures. A peer's claim is validated in ``WireLayout/validated(_:length:)`` alone.

extension plane_info {
    /// A plane that is off.
    static let off = plane_info()

    /// What a source shows, for a viewer that knows the memory by this number.
    init(_ info: PlaneInfo, buffer: UInt64, damage: Damage) {
        self.init()
        let layout = info.identity.layout
        start = UInt64(layout.offsets[0])
        drm_format_mod = layout.modifier.rawValue
        drm_format = layout.format.fourcc
        width = layout.size.width
        height = layout.size.height
        stride = layout.strides[0]
        // A stride that leaves no room in 32 bits can't be in a layout that is linear; of others only the driver knows the size.
        size = UInt32(clamping: UInt64(stride) * UInt64(height))
        x_pos = info.position.x
        y_pos = info.position.y
        generation = UInt32(truncatingIfNeeded: info.generation.rawValue)
        generation_high = UInt32(truncatingIfNeeded: info.generation.rawValue >> 32)
        changed_at = info.changedAt
        self.buffer = buffer
        if info.isFlipped { flags |= PLANE_INFO_FLIPPED }
        if let hot = info.hotSpot, hot.x >= 0, hot.y >= 0 {
            flags |= PLANE_INFO_HOT_SPOT
            x_hot = UInt32(hot.x)
            y_hot = UInt32(hot.y)
        }
        if case .rectangle(let rectangle) = damage {
            flags |= PLANE_INFO_DAMAGE
            damage_x = rectangle.x
            damage_y = rectangle.y
            damage_width = rectangle.width
            damage_height = rectangle.height
        }
        memory_planes = UInt32(layout.planeCount)
        offsets = (layout.offsets[1], layout.offsets[2], layout.offsets[3])
        strides = (layout.strides[1], layout.strides[2], layout.strides[3])
    }

    var isOff: Bool { drm_format == 0 || size == 0 }

    var wholeGeneration: Generation { Generation(UInt64(generation_high) << 32 | UInt64(generation)) }

    /// How the picture lies in its memory, and nothing else: equal ones need be validated once.
    var layoutClaim: WireLayout {
        WireLayout(
            start: start, modifier: drm_format_mod, fourcc: drm_format, width: width, height: height, memoryPlanes: memory_planes,
            offsets: [0, offsets.0, offsets.1, offsets.2], strides: [stride, strides.0, strides.1, strides.2], size: size)
    }

    /// What this says, once its memory is known.
    ///
    /// - Parameter times: the earliest and the latest moment that the change can have had.
    func picture(_ identity: BufferIdentity, times: ClosedRange<UInt64>) throws(PlaneFault) -> PlaneInfo {
        let size = identity.layout.size
        var hotSpot: PixelPoint?
        if flags & PLANE_INFO_HOT_SPOT != 0 {
            guard x_hot < size.width, y_hot < size.height else { throw .hotSpotOutside(x: x_hot, y: y_hot) }
            hotSpot = PixelPoint(x: Int32(x_hot), y: Int32(y_hot))
        }
        let damaged = PixelRectangle(x: damage_x, y: damage_y, width: damage_width, height: damage_height)
        return PlaneInfo(
            generation: wholeGeneration, identity: identity, position: PixelPoint(x: x_pos, y: y_pos), hotSpot: hotSpot,
            damage: flags & PLANE_INFO_DAMAGE != 0 ? .rectangle(damaged.clipped(to: size)) : .everything,
            isFlipped: flags & PLANE_INFO_FLIPPED != 0,
            changedAt: min(max(changed_at, times.lowerBound), times.upperBound))
    }
}

/// A layout as a peer tells it.
struct WireLayout: Equatable {
    let start: UInt64
    let modifier: UInt64
    let fourcc: UInt32
    let width: UInt32
    let height: UInt32
    let memoryPlanes: UInt32
    /// The first is `start`'s.
    let offsets: SIMD4<UInt32>
    let strides: SIMD4<UInt32>
    let size: UInt32

    /// Checked as everything is that a guest says, and against the memory where that is known.
    func validated(_ kind: PlaneKind, length: UInt64?) throws(PlaneFault) -> PlaneLayout {
        guard let first = UInt32(exactly: start) else { throw .overflow(plane: 0) }
        guard (1...PLANE_MEMORY_PLANES).contains(memoryPlanes) else { throw .planeGap(described: 0) }
        var places = offsets
        places[0] = first
        let claim = LayoutClaim(
            kind: kind, width: width, height: height, fourcc: fourcc, modifier: modifier,
            describedPlanes: UInt8(1 << memoryPlanes - 1), offsets: places, strides: strides)
        let layout = try claim.validated(length: length)
        let needed = UInt64(stride) * UInt64(height)
        guard layout.modifier != .linear || UInt64(size) >= needed else {
            throw .tooShort(plane: 0, length: UInt64(size), needed: needed)
        }
        return layout
    }

    private var stride: UInt32 { strides[0] }
}
