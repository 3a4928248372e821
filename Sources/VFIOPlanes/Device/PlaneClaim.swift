// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CVFIO
internal import Planes
internal import System

/// A device's claim about a plane that is on, in our types and not yet validated.
struct PlaneClaim {
    /// The arrangement of the picture in its memory.
    struct Shape: Equatable {
        let width: UInt32
        let height: UInt32
        let stride: UInt32
        let fourcc: UInt32
        let modifier: UInt64
    }

    /// The memory and the picture's arrangement in it. i915 gives an id out again with another stride, so the id alone doesn't
    /// identify a buffer.
    struct Memory: Equatable {
        /// `dmabuf_id` or `region_index`.
        let handle: UInt32
        let shape: Shape
    }

    let memory: Memory
    /// Bytes, or pages from older i915 drivers.
    let size: UInt32
    /// The cursor's top left corner.
    let position: PixelPoint
    /// The cursor's hot spot; nil where it isn't known.
    let hotSpot: PixelPoint?
    /// Whether the driver named a hot spot outside the picture.
    let isHotSpotWrong: Bool

    /// The value of `x_hot` and `y_hot` where i915 doesn't know them; linux/vfio.h doesn't mention it.
    private static let unknownHotSpot = UInt32.max

    /// Returns nil for a plane that is off: without a format or without a size. i915 leaves the struct zeroed and returns 0.
    init?(_ plane: vfio_device_gfx_plane_info, of kind: PlaneKind) {
        guard plane.drm_format != 0, plane.size != 0 else { return nil }
        memory = Memory(
            handle: plane.dmabuf_id,
            shape: Shape(
                width: plane.width, height: plane.height, stride: plane.stride, fourcc: plane.drm_format,
                modifier: plane.drm_format_mod))
        size = plane.size
        // The primary plane fills the screen. In these fields i915 gives the place of its pixels within the buffer.
        guard kind == .cursor else {
            position = .zero
            hotSpot = nil
            isHotSpotWrong = false
            return
        }
        position = PixelPoint(x: Self.coordinate(plane.x_pos), y: Self.coordinate(plane.y_pos))
        let isInside = plane.x_hot < plane.width && plane.y_hot < plane.height
        hotSpot = isInside ? PixelPoint(x: Int32(plane.x_hot), y: Int32(plane.y_hot)) : nil
        isHotSpotWrong = !isInside && plane.x_hot != Self.unknownHotSpot && plane.y_hot != Self.unknownHotSpot
    }

    /// A cursor that hangs over the left or top edge has a coordinate near 2³². Coordinates are clamped: nothing beyond the bound is
    /// visible, and adding to one can't overflow.
    private static func coordinate(_ value: UInt32) -> Int32 {
        let limit = Int32(LayoutClaim.largestPrimary)
        return min(max(Int32(bitPattern: value), -limit), limit)
    }

    /// The validated layout. The length of the memory, which isn't here yet, is checked later.
    func layout(of kind: PlaneKind) throws(ReadFault) -> PlaneLayout {
        let shape = memory.shape
        // Mainline has no offset: the picture begins with its memory.
        let claim = LayoutClaim(
            kind: kind, width: shape.width, height: shape.height, fourcc: shape.fourcc, modifier: shape.modifier,
            stride: shape.stride)
        do throws(PlaneFault) { return try claim.validated(length: nil) } catch { throw .invalid(error) }
    }

    /// The length by `size`, in bytes, for memory whose own length the kernel doesn't say. A size that is too small counts pages.
    func plausibleLength(of layout: PlaneLayout) -> UInt64 {
        let bytes = UInt64(size)
        return bytes >= layout.linearLength ? bytes : bytes * Self.pageSize
    }

    /// The page size of the x86 machines that i915 drives, in bytes.
    private static let pageSize: UInt64 = 4096
}

extension DeviceCalls {
    /// Queries the plane. Returns nil where it is off.
    func plane(_ kind: PlaneKind, type: UInt32) throws(ReadFault) -> PlaneClaim? {
        // The struct is zeroed each time: a driver may return 0 and write nothing.
        var plane = Self.question(kind, flags: type)
        do throws(Errno) { try queryPlane(&plane) } catch {
            throw .call("VFIO_DEVICE_QUERY_GFX_PLANE", errno: error.code)
        }
        return PlaneClaim(plane, of: kind)
    }

    /// Asks whether planes of this kind have this type (VFIO_GFX_PLANE_TYPE_*); throws where they haven't.
    func probe(_ kind: PlaneKind, type: UInt32) throws(Errno) {
        var plane = Self.question(kind, flags: type | UInt32(VFIO_GFX_PLANE_TYPE_PROBE))
        try queryPlane(&plane)
    }

    private static func question(_ kind: PlaneKind, flags: UInt32) -> vfio_device_gfx_plane_info {
        var plane = vfio_device_gfx_plane_info()
        plane.argsz = UInt32(MemoryLayout<vfio_device_gfx_plane_info>.size)
        plane.flags = flags
        plane.drm_plane_type = kind.rawValue
        return plane
    }
}
