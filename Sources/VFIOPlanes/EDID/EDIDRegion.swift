// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CVFIO
package import EventLoop
internal import Glibc
package import Logging
package import Planes
internal import System

/// A device's EDID region, which tells its guest of another monitor and so resizes it.
///
/// The guest sees its monitor unplugged and one of the new size plugged in: link down, the EDID, and after ``pause`` link up. A
/// request in between changes the EDID of the monitor that isn't plugged in yet.
package final class EDIDRegion {
    /// How long the link is down, in nanoseconds. Guests miss an unplugging that is over at once; QEMU waits as long.
    package static let pause: UInt64 = 100_000_000
    /// The number of regions looked at. Devices have about ten; a larger claim isn't believed.
    private static let mostRegions: UInt32 = 256

    private enum Link {
        case up
        /// The timer plugs the monitor in again.
        case down
        case closed
    }

    private let calls: any DeviceCalls
    private let head: Head
    private let name: String
    private let logger: Logger
    private var link = Link.up
    private var timer: TimerSource! = nil
    /// The EDID last written; nil where the guest may have read another.
    private var present: EDID?

    /// Finds the region. Returns nil where the device has none, or one that contradicts itself; the log says so.
    package init?(of calls: any DeviceCalls, name: String, loop: EventLoop, logger: Logger) {
        guard let head = Self.find(in: calls, name: name, logger: logger) else { return nil }
        self.calls = calls
        self.head = head
        self.name = name
        self.logger = logger
        timer = loop.timer { [unowned self] in plugIn() }
    }

    deinit { close() }

    /// Asks the guest to take this mode, or the nearest that the device can be told.
    package func request(_ mode: DisplayMode) {
        if case .closed = link { return }
        let edid = EDID(mode, limit: head.limit, room: head.room)
        guard edid != present else { return }
        if edid.mode.size != mode.size || edid.mode.refreshMillihertz != mode.refreshMillihertz {
            logger.info(
                "\(name): asked for \(mode.size) at \(mode.refreshMillihertz) mHz, the guest is offered \(edid.mode.size) at \(edid.mode.refreshMillihertz) mHz: the device takes no more"
            )
        }
        do throws(Errno) {
            if case .up = link { try write(UInt32(VFIO_DEVICE_GFX_LINK_STATE_DOWN), at: Head.linkState) }
            link = .down
            timer.arm(after: Self.pause)
            try write(UInt32(edid.bytes.count), at: Head.size)
            try calls.write(edid.bytes, at: head.offset + UInt64(head.blob))
            present = edid
        } catch {
            // The link comes up again all the same, and which of the two EDIDs the guest then reads is unknown.
            present = nil
            logger.warning("\(name): its guest can't be resized (\(error.text)): it keeps its mode")
        }
    }

    /// Ends it and leaves the guest with its monitor plugged in.
    package func close() {
        if case .down = link { plugIn() }
        link = .closed
        timer?.disarm()
    }

    private func plugIn() {
        link = .up
        do throws(Errno) { try write(UInt32(VFIO_DEVICE_GFX_LINK_STATE_UP), at: Head.linkState) } catch {
            logger.warning(
                "\(name): its guest's monitor can't be plugged in again (\(error.text)): resize the window once more"
            )
            present = nil
        }
    }

    private func write(_ word: UInt32, at field: Int) throws(Errno) {
        try calls.write([UInt8](word: word), at: head.offset + UInt64(field))
    }

    // MARK: Finding it

    /// The largest mode (0 means no limit) and the bytes of EDID that a device takes; nil where it has no such region.
    static func offer(of calls: any DeviceCalls, name: String, logger: Logger) -> (limit: PixelSize, room: Int)? {
        find(in: calls, name: name, logger: logger).map { ($0.limit, $0.room) }
    }

    /// The fields of `struct vfio_region_gfx_edid`, checked.
    private struct Head {
        /// The region's start on the device's descriptor, in bytes.
        let offset: UInt64
        /// The distance from there to the EDID, in bytes.
        let blob: UInt32
        /// The bytes of EDID that the region takes.
        let room: Int
        /// The largest mode; 0 means no limit.
        let limit: PixelSize

        static let length = MemoryLayout<vfio_region_gfx_edid>.size
        static let blob = MemoryLayout<vfio_region_gfx_edid>.offset(of: \.edid_offset)!
        static let room = MemoryLayout<vfio_region_gfx_edid>.offset(of: \.edid_max_size)!
        static let width = MemoryLayout<vfio_region_gfx_edid>.offset(of: \.max_xres)!
        static let height = MemoryLayout<vfio_region_gfx_edid>.offset(of: \.max_yres)!
        static let size = MemoryLayout<vfio_region_gfx_edid>.offset(of: \.edid_size)!
        static let linkState = MemoryLayout<vfio_region_gfx_edid>.offset(of: \.link_state)!
    }

    private static func find(in calls: any DeviceCalls, name: String, logger: Logger) -> Head? {
        guard let count = try? calls.regionCount() else { return nil }
        for index in 0..<min(count, mostRegions) {
            // Not every index has a region.
            guard let region = try? calls.region(index), isEDID(region) else { continue }
            guard let head = head(of: region, calls) else {
                logger.warning("\(name): its EDID region \(index) contradicts itself: its guest can't be resized")
                continue
            }
            return head
        }
        return nil
    }

    private static func isEDID(_ region: DeviceRegion) -> Bool {
        region.capabilities.contains { capability in
            guard capability.id == UInt16(VFIO_REGION_INFO_CAP_TYPE), capability.body.count >= 8 else { return false }
            // struct vfio_region_info_cap_type: type and subtype behind the header.
            return capability.body.word(at: 0) == UInt32(VFIO_REGION_TYPE_GFX)
                && capability.body.word(at: 4) == UInt32(VFIO_REGION_SUBTYPE_GFX_EDID)
        }
    }

    private static func head(of region: DeviceRegion, _ calls: any DeviceCalls) -> Head? {
        let access = UInt32(VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE)
        guard region.flags & access == access, region.size >= UInt64(Head.length),
            !region.offset.addingReportingOverflow(region.size).overflow,
            let bytes = try? calls.read(Head.length, at: region.offset), bytes.count == Head.length
        else { return nil }
        let blob = bytes.word(at: Head.blob), room = bytes.word(at: Head.room)
        // The EDID lies behind the head and inside the region.
        guard blob >= UInt32(Head.length), room >= UInt32(EDID.blockSize), UInt64(blob) + UInt64(room) <= region.size else {
            return nil
        }
        return Head(
            offset: region.offset, blob: blob, room: Int(room),
            limit: PixelSize(width: bytes.word(at: Head.width), height: bytes.word(at: Head.height)))
    }
}
