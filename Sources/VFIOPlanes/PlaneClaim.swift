// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CVFIO
internal import Planes

/// What a device says of a plane that is on: in our types, and not believed yet.
struct PlaneClaim {
    /// How the picture lies in its memory.
    struct Shape: Equatable {
        let width: UInt32
        let height: UInt32
        let stride: UInt32
        let fourcc: UInt32
        let modifier: UInt64
    }

    /// Which memory, and how the picture lies in it. i915 gives one id out again with another stride, so that the id alone names
    /// nothing.
    struct Memory: Equatable {
        /// `dmabuf_id` or `region_index`.
        let handle: UInt32
        let shape: Shape
    }

    let memory: Memory
    /// Bytes; on old i915 pages.
    let size: UInt32
    /// The cursor's top left corner.
    let position: PixelPoint
    /// The cursor's; nil where it isn't known.
    let hotSpot: PixelPoint?
    /// Whether a hot spot was told that lies outside of the picture.
    let isHotSpotWrong: Bool

    /// `x_hot` and `y_hot` of a driver that doesn't know them (linux/vfio.h doesn't say so; i915's does it).
    private static let unknownHotSpot = UInt32.max

    /// nil for a plane that is off: without a format, without a size, or left as zeroed as it was given to the driver, which
    /// i915 does and returns 0.
    init?(_ plane: vfio_device_gfx_plane_info, of kind: PlaneKind) {
        guard plane.drm_format != 0, plane.size != 0 else { return nil }
        memory = Memory(
            handle: plane.dmabuf_id,
            shape: Shape(
                width: plane.width, height: plane.height, stride: plane.stride, fourcc: plane.drm_format,
                modifier: plane.drm_format_mod))
        size = plane.size
        // The primary plane fills the screen. i915 tells the place of its pixels in the buffer there, a cursor has none.
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

    /// A cursor that hangs over the left or top edge is at a place near 2³². Nothing is seen beyond the bound, and whoever adds
    /// to a place needs no care.
    private static func coordinate(_ value: UInt32) -> Int32 {
        let limit = Int32(LayoutClaim.largestPrimary)
        return min(max(Int32(bitPattern: value), -limit), limit)
    }

    /// The layout, without the length of its memory, which isn't here yet.
    func layout(of kind: PlaneKind) throws(ReadFault) -> PlaneLayout {
        let shape = memory.shape
        // Mainline has no offset: the picture begins with its memory.
        let claim = LayoutClaim(
            kind: kind, width: shape.width, height: shape.height, fourcc: shape.fourcc, modifier: shape.modifier,
            stride: shape.stride)
        do throws(PlaneFault) { return try claim.validated(length: nil) } catch { throw .invalid(error) }
    }

    /// `size` in bytes where the kernel doesn't tell the length of the memory itself: it is taken for pages where it is too
    /// short for bytes.
    func plausibleLength(of layout: PlaneLayout) -> UInt64 {
        let bytes = UInt64(size)
        return bytes >= layout.linearLength ? bytes : bytes * Self.pageSize
    }

    /// Of the x86 machines that i915 drives.
    private static let pageSize: UInt64 = 4096
}

extension DeviceCalls {
    /// What the plane is now; nil where it is off.
    func plane(_ kind: PlaneKind, type: UInt32) throws(ReadFault) -> PlaneClaim? {
        // All zero each time: a driver may return 0 and write nothing.
        var plane = Self.question(kind, flags: type)
        do throws(DeviceError) { try queryPlane(&plane) } catch {
            throw .call("VFIO_DEVICE_QUERY_GFX_PLANE", errno: error.errno)
        }
        return PlaneClaim(plane, of: kind)
    }

    /// Whether planes of this kind come as this type (VFIO_GFX_PLANE_TYPE_*).
    func probe(_ kind: PlaneKind, type: UInt32) throws(DeviceError) {
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
