// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CVFIO

/// What kind of display a device says it has.
struct DisplayProbe: Equatable {
    enum PlaneType: String {
        case dmabuf = "dma-bufs"
        case region = "a region"

        /// VFIO_GFX_PLANE_TYPE_*.
        var flag: UInt32 { UInt32(self == .dmabuf ? VFIO_GFX_PLANE_TYPE_DMABUF : VFIO_GFX_PLANE_TYPE_REGION) }
    }

    /// How its planes are had; nil where it has no display.
    let type: PlaneType?

    init(_ calls: any DeviceCalls) {
        type = [PlaneType.dmabuf, .region].first { Self.has($0, calls) }
    }

    private static func has(_ type: PlaneType, _ calls: any DeviceCalls) -> Bool {
        var plane = vfio_device_gfx_plane_info()
        plane.argsz = UInt32(MemoryLayout<vfio_device_gfx_plane_info>.size)
        plane.flags = UInt32(VFIO_GFX_PLANE_TYPE_PROBE) | type.flag
        return (try? calls.queryPlane(&plane)) != nil
    }
}
