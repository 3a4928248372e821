// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CVFIO
internal import Planes

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
    /// Whether it has a cursor plane of its own. A region's driver may not look at a query's kind, and is not believed.
    let hasCursor: Bool

    init(_ calls: any DeviceCalls) {
        func has(_ kind: PlaneKind, _ type: PlaneType) -> Bool { (try? calls.probe(kind, type: type.flag)) != nil }
        type = [PlaneType.dmabuf, .region].first { has(.primary, $0) }
        hasCursor = type == .dmabuf && has(.cursor, .dmabuf)
    }
}
