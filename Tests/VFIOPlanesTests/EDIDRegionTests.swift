// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CVFIO
import EventLoop
import Glibc
import Logging
import Planes
import System
import TestSupport
import Testing

@testable import VFIOPlanes

/// A device that has regions alone, and keeps what is written.
private final class RegionDevice: DeviceCalls {
    enum Write: Equatable {
        case down, up
        case size(UInt32)
        case edid(EDID)
        case other(offset: UInt64, bytes: [UInt8])
    }

    static let base: UInt64 = 9 << 40

    var count: UInt32 = 10
    var size: UInt64 = 0x800
    var flags: UInt32 = 3
    var offset = RegionDevice.base
    var capabilities = [capability(1, 1)]
    var head = vfio_region_gfx_edid(edid_offset: 0x400, edid_max_size: 256, edid_size: 0, max_xres: 0, max_yres: 0, link_state: 1)
    /// Writes answered before they fail, with EIO.
    var healthy = Int.max
    private(set) var writes: [(offset: UInt64, bytes: [UInt8])] = []
    private(set) var asked: [UInt32] = []

    static func capability(_ type: UInt32, _ subtype: UInt32, id: UInt16 = 2) -> DeviceRegion.Capability {
        DeviceRegion.Capability(
            id: id, version: 1, body: withUnsafeBytes(of: type) { Array($0) } + withUnsafeBytes(of: subtype) { Array($0) })
    }

    func queryPlane(_ plane: inout vfio_device_gfx_plane_info) throws(Errno) { throw Errno(code: ENOTTY) }
    func buffer(id: UInt32) throws(Errno) -> OwnedDescriptor { throw Errno(code: ENOTTY) }
    func map(offset: UInt64, length: Int) throws(Errno) -> Mapping { throw Errno(code: EINVAL) }
    func regionCount() throws(Errno) -> UInt32 { count }

    func region(_ index: UInt32) throws(Errno) -> DeviceRegion {
        asked.append(index)
        // As vfio-pci does for the VGA region of what isn't VGA.
        if index == 8 { throw Errno(code: EINVAL) }
        guard index == 9 else { return DeviceRegion(flags: 3, offset: UInt64(index) << 40, size: 4096) }
        return DeviceRegion(flags: flags, offset: offset, size: size, capabilities: capabilities)
    }

    func read(_ length: Int, at offset: UInt64) throws(Errno) -> [UInt8] {
        guard offset == Self.base, length == 24 else { throw Errno(code: EINVAL) }
        return withUnsafeBytes(of: head) { Array($0) }
    }

    func write(_ bytes: [UInt8], at offset: UInt64) throws(Errno) {
        guard writes.count < healthy else { throw Errno(code: EIO) }
        writes.append((offset, bytes))
    }

    /// What the writes meant, given the modes that may be in them.
    func meaning(_ modes: DisplayMode...) -> [Write] {
        let edids = modes.map {
            EDID($0, limit: PixelSize(width: head.max_xres, height: head.max_yres), room: Int(head.edid_max_size))
        }
        return writes.map { offset, bytes in
            switch (offset - Self.base, bytes) {
            case (20, [1, 0, 0, 0]): .up
            case (20, [2, 0, 0, 0]): .down
            case (8, _) where bytes.count == 4: .size(UInt32(bytes[0]) | UInt32(bytes[1]) << 8)
            case (UInt64(head.edid_offset), _):
                edids.first { $0.bytes == bytes }.map(Write.edid) ?? .other(offset: offset, bytes: bytes)
            default: .other(offset: offset, bytes: bytes)
            }
        }
    }
}

@Suite("A device's EDID region")
struct EDIDRegionTests {
    private let loop: EventLoop
    private let device = RegionDevice()
    private let small = DisplayMode(size: PixelSize(width: 800, height: 600))
    private let large = DisplayMode(size: PixelSize(width: 1921, height: 1081))

    init() throws { loop = try EventLoop() }

    private func open() -> EDIDRegion? {
        EDIDRegion(of: device, name: "vGPU", loop: loop, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test("a request pulls the monitor, writes the EDID, and plugs it in 100 ms later")
    func one() throws {
        let region = try #require(open())
        let start = EventLoop.now()
        region.request(large)
        #expect(device.meaning(large) == [.down, .size(128), .edid(EDID(large))])
        #expect(try loop.runUntil { device.writes.count == 4 })
        #expect(EventLoop.now() - start >= EDIDRegion.pause)
        #expect(device.meaning(large).last == .up)
    }

    @Test("a request while the monitor is pulled replaces the EDID, and the wait begins anew")
    func two() throws {
        let region = try #require(open())
        region.request(small)
        try loop.run(for: 0.06)
        // On a machine so busy that the pause is over by now, there is nothing to replace.
        guard device.writes.count == 3 else { return }
        let start = EventLoop.now()
        region.request(large)
        #expect(try loop.runUntil { device.writes.count == 6 })
        #expect(EventLoop.now() - start >= EDIDRegion.pause)
        #expect(
            device.meaning(small, large) == [.down, .size(128), .edid(EDID(small)), .size(128), .edid(EDID(large)), .up])
    }

    @Test("after it, the next request begins from the start; the same mode again is nothing new")
    func again() throws {
        let region = try #require(open())
        region.request(small)
        region.request(small)
        #expect(try loop.runUntil { device.writes.count == 4 })
        region.request(small)
        try loop.run(for: 0.15)
        #expect(device.writes.count == 4)
        region.request(large)
        #expect(device.meaning(small, large).suffix(3) == [.down, .size(128), .edid(EDID(large))])
    }

    @Test("closing while the monitor is pulled plugs it in at once, and closing again does nothing")
    func closing() throws {
        let region = try #require(open())
        region.request(small)
        region.close()
        #expect(device.meaning(small) == [.down, .size(128), .edid(EDID(small)), .up])
        region.close()
        region.request(large)
        try loop.run(for: 0.15)
        #expect(device.writes.count == 4)
    }

    @Test("letting go of it plugs it in as well")
    func letGo() throws {
        var region = open()
        region?.request(small)
        region = nil
        #expect(device.meaning(small).last == .up)
        try loop.run(for: 0.12)
    }

    @Test("closing without a request writes nothing")
    func untouched() throws {
        let region = try #require(open())
        region.close()
        #expect(device.writes.isEmpty)
    }

    @Test("the device's limits and room decide what is written")
    func limits() throws {
        device.head.max_xres = 1024
        device.head.max_yres = 768
        let region = try #require(open())
        region.request(large)
        let offered = EDID(large, limit: PixelSize(width: 1024, height: 768))
        #expect(offered.mode.size == PixelSize(width: 1024, height: 576))
        #expect(device.meaning(large) == [.down, .size(128), .edid(offered)])
    }

    @Test("a size above 4095 needs 256 bytes, and gets them where the device has them")
    func extended() throws {
        let huge = DisplayMode(size: PixelSize(width: 5120, height: 2880))
        for (room, bytes) in [(UInt32(128), 128), (255, 128), (256, 256), (.max, 256)] {
            let device = RegionDevice()
            device.head.edid_max_size = room
            device.size = 1 << 40
            let region = EDIDRegion(
                of: device, name: "vGPU", loop: loop, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            region?.request(huge)
            #expect(device.writes.last?.bytes.count == bytes)
        }
    }

    @Test("a device that refuses in the middle gets its link up again, and the next request begins from the start")
    func refused() throws {
        device.healthy = 2
        let region = try #require(open())
        region.request(small)
        device.healthy = .max
        #expect(try loop.runUntil { device.writes.count == 3 })
        region.request(small)
        #expect(
            device.meaning(small) == [.down, .size(128), .up, .down, .size(128), .edid(EDID(small))])
    }

    @Test("a device that refuses from the start is left alone")
    func dead() throws {
        device.healthy = 0
        let region = try #require(open())
        region.request(small)
        region.close()
        #expect(device.writes.isEmpty)
    }

    @Test("a region that contradicts itself isn't one")
    func hostile() {
        let lies: [(String, (RegionDevice) -> Void)] = [
            ("no regions", { $0.count = 0 }),
            ("too small for its head", { $0.size = 23 }),
            ("not writable", { $0.flags = 1 }),
            ("not readable", { $0.flags = 2 }),
            ("beyond the end of everything", { $0.offset = .max - 0x700 }),
            ("no capability", { $0.capabilities = [] }),
            ("another capability", { $0.capabilities = [RegionDevice.capability(1, 1, id: 1)] }),
            ("another type", { $0.capabilities = [RegionDevice.capability(2, 1)] }),
            ("another subtype", { $0.capabilities = [RegionDevice.capability(1, 2)] }),
            ("a capability cut off", { $0.capabilities = [DeviceRegion.Capability(id: 2, version: 1, body: [1, 0, 0, 0, 1])] }),
            ("the EDID in the head", { $0.head.edid_offset = 8 }),
            ("the EDID outside", { $0.head.edid_offset = 0x800 }),
            ("the EDID partly outside", { $0.head.edid_offset = 0x701 }),
            ("an offset that wraps", { $0.head.edid_offset = .max - 100 }),
            ("no room for a block", { $0.head.edid_max_size = 127 }),
            ("more room than region", { $0.head.edid_max_size = .max }),
        ]
        for (name, lie) in lies {
            let device = RegionDevice()
            lie(device)
            let region = EDIDRegion(
                of: device, name: "vGPU", loop: loop, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            #expect(region == nil, "\(name)")
            #expect(device.writes.isEmpty, "\(name)")
        }
    }

    @Test("of a device that claims billions of regions, some hundreds are looked at")
    func endless() {
        device.count = .max
        device.capabilities = []
        #expect(open() == nil)
        #expect(device.asked.count == 256)
    }
}
