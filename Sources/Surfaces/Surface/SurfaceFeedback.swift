// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CDRM
internal import Glibc
package import Planes
package import Wayland

/// What the compositor says about the memory that it would like for one surface (zwp_linux_dmabuf_v1 version 4 and later). It changes
/// with the surface's role and place: in full screen there may be formats that could be scanned out.
package final class SurfaceFeedback {
    /// Whether a buffer could be scanned out, by its format.
    package enum Scanout {
        /// The compositor hasn't said anything.
        case unknown
        /// It names no format for that at all.
        case noFormats
        case otherFormats
        /// The only devices that could scan it out are others than the one that the compositor renders with.
        case otherDevice
        case possible
    }

    private var feedback: ZwpLinuxDmabufFeedbackV1
    private var collector = FeedbackCollector()
    private var table: FormatTable?
    /// The answer for the format that was asked about last: a table has thousands of entries.
    private var known: (format: PixelFormat, modifier: Modifier, scanout: Scanout)?

    /// nil where the compositor has no such feedback.
    package init?(of surface: WlSurface.Ref, _ globals: BufferGlobals) {
        guard let version = globals.dmabuf?.version, version >= 4 else { return nil }
        feedback = globals.dmabuf!.getSurfaceFeedback(surface: surface)
        feedback.listen(
            Listener { [unowned self] event in
                guard let new = collector.handle(event) else { return }
                table = new
                known = nil
            })
    }

    package func scanout(_ format: PixelFormat, _ modifier: Modifier) -> Scanout {
        if let known, known.format == format, known.modifier == modifier { return known.scanout }
        let scanout = find(format, modifier)
        known = (format, modifier, scanout)
        return scanout
    }

    private func find(_ format: PixelFormat, _ modifier: Modifier) -> Scanout {
        guard let table else { return .unknown }
        let scanout = table.tranches.filter(\.isScanout)
        guard !scanout.isEmpty else { return .noFormats }
        let pair = FormatTable.Pair(fourcc: format.fourcc, modifier: modifier.rawValue)
        let fitting = scanout.filter { $0.pairs.contains(pair) }
        guard !fitting.isEmpty else { return .otherFormats }
        guard let main = table.mainDevice else { return .possible }
        return fitting.contains { $0.device == 0 || Self.isSame($0.device, main) } ? .possible : .otherDevice
    }

    /// Whether two nodes are of the same device, such as its card and its render node.
    private static func isSame(_ one: UInt64, _ other: UInt64) -> Bool {
        guard one != other else { return true }
        var devices: (drmDevicePtr?, drmDevicePtr?)
        defer {
            drmFreeDevice(&devices.0)
            drmFreeDevice(&devices.1)
        }
        guard drmGetDeviceFromDevId(dev_t(one), 0, &devices.0) == 0, drmGetDeviceFromDevId(dev_t(other), 0, &devices.1) == 0
        else { return false }
        return drmDevicesEqual(devices.0, devices.1) != 0
    }
}
