// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CVFIO
internal import Glibc
internal import Planes

/// The kind of display that a device says it has.
struct DisplayProbe: Equatable {
    enum PlaneType: String {
        case dmabuf = "dma-bufs"
        case region = "a region"

        /// VFIO_GFX_PLANE_TYPE_*.
        var flag: UInt32 { UInt32(self == .dmabuf ? VFIO_GFX_PLANE_TYPE_DMABUF : VFIO_GFX_PLANE_TYPE_REGION) }
    }

    /// The type of its planes; nil where it has no display.
    let type: PlaneType?
    /// Whether it has a cursor plane of its own.
    let hasCursor: Bool

    /// - Throws: ``ReadFault`` where the device has gone.
    init(_ calls: any DeviceCalls) throws(ReadFault) {
        if try Self.has(.primary, .dmabuf, calls) {
            type = .dmabuf
            hasCursor = try Self.has(.cursor, .dmabuf, calls)
        } else {
            type = try Self.has(.primary, .region, calls) ? .region : nil
            // mdpy doesn't look at a query's kind of plane: its cursor would be the whole screen once more.
            hasCursor = false
        }
    }

    private static func has(_ kind: PlaneKind, _ type: PlaneType, _ calls: any DeviceCalls) throws(ReadFault) -> Bool {
        do throws(DeviceError) {
            try calls.probe(kind, type: type.flag)
            return true
        } catch {
            switch error.errno {
            case ENODEV, ENXIO, EBADF: throw .call("VFIO_DEVICE_QUERY_GFX_PLANE", errno: error.errno)
            default: return false
            }
        }
    }
}
