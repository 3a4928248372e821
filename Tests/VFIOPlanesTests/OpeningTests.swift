// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CVFIO
import EventLoop
import Glibc
import Logging
import Planes
import TestSupport
import Testing

@testable import VFIOPlanes

@Suite("Opening a VFIO device")
final class OpeningTests: OpeningWorld {
    /// What was said of another way than the first.
    private var changes: [String] { log.messages.filter { $0.contains(" instead") } }

    private static let groupWay = [
        "open /dev/vfio/vfio", "version", "supports 3", "open /dev/vfio/7", "flags", "put", "set 3", "device \(uuid)",
    ]

    @Test("by group and container, in the kernel's order")
    func group() throws {
        try machine.addMediated()
        let planes = try open("vfio:\(Self.uuid.uppercased())")
        #expect(kernel.log == Self.groupWay)
        #expect(planes.name == "vfio:\(Self.uuid)")
        #expect(!planes.isResizable)
    }

    @Test("group and container are open as long as the device, and not longer")
    func lifetime() throws {
        try machine.addMediated()
        var counts: [Int] = []
        func count() {
            for file in ["dev/vfio/vfio", "dev/vfio/7"] {
                var status = stat()
                stat(machine.file(file), &status)
                counts.append(openDescriptors(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)))
            }
        }
        let planes = try open("vfio:\(Self.uuid)")
        count()
        planes.close()
        count()
        #expect(counts == [1, 1, 0, 0])
    }

    @Test("a failure leaves nothing open", arguments: [ScriptedOpening.Step.flags, .put, .setIOMMU, .device])
    func failureCloses(step: ScriptedOpening.Step) throws {
        try machine.addMediated()
        kernel.refusals[step] = EIO
        _ = try failure("vfio:\(Self.uuid)")
        for file in ["dev/vfio/vfio", "dev/vfio/7"] {
            var status = stat()
            stat(machine.file(file), &status)
            #expect(openDescriptors(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)) == 0)
        }
    }

    @Test("version 1 of the IOMMU's interface serves where there is no 2")
    func oldType() throws {
        try machine.addMediated()
        kernel.types = [1]
        _ = try open("vfio:\(Self.uuid)")
        #expect(kernel.log.contains("set 1"))
    }

    @Test("a group without an IOMMU has a file of another name, and its own kind of container")
    func unprotected() throws {
        try machine.addPCI()
        try machine.remove("dev/vfio/9")
        try machine.write("", to: "dev/vfio/noiommu-9")
        kernel.types = [8]
        _ = try open("vfio:00:02.0")
        #expect(
            kernel.log == [
                "open /dev/vfio/vfio", "version", "supports 8", "open /dev/vfio/noiommu-9", "flags", "put", "set 8",
                "device 0000:00:02.0",
            ])
        kernel.refusals[.open("/dev/vfio/noiommu-9")] = EPERM
        let (reason, message) = try failure("vfio:00:02.0")
        #expect(reason == .notPermitted && message.contains("root"))
    }

    @Test(
        "by a folder of sysfs: the device's own, the bus's link to it, or its class's",
        arguments: [
            "/sys/devices/virtual/mbochs/mbochs/\(uuid)", "/sys/bus/mdev/devices/\(uuid)", "/sys/class/vfio-dev/vfio0",
        ])
    func folder(path: String) throws {
        try machine.addMediated()
        try machine.addCharacterDevice(iommufd: false)
        try machine.remove("dev/vfio/devices/vfio0")
        _ = try open("vfio:\(path)")
        #expect(kernel.log == Self.groupWay)
    }

    @Test(
        "by its own file and iommufd, where the kernel has them, whichever way it is named",
        arguments: [
            "vfio:/dev/vfio/devices/vfio0", "vfio:\(uuid)",
        ])
    func characterDevice(url: String) throws {
        try machine.addMediated()
        try machine.addCharacterDevice()
        _ = try open(url)
        #expect(kernel.log == ["open /dev/vfio/devices/vfio0", "open /dev/iommu", "bind"])
        #expect(changes.isEmpty)
    }

    @Test("without iommufd the group is the way, and the log says so")
    func withoutIOMMUFD() throws {
        try machine.addMediated()
        try machine.addCharacterDevice(iommufd: false)
        _ = try open("vfio:/dev/vfio/devices/vfio0")
        #expect(kernel.log == ["open /dev/vfio/devices/vfio0", "open /dev/iommu"] + Self.groupWay)
        #expect(changes.count == 1)
        #expect(changes[0].contains("no iommufd") && changes[0].contains("/dev/vfio/7"))
    }

    @Test(
        "so it is where the driver doesn't know it, or where one of the files is closed to us",
        arguments: [
            (ScriptedOpening.Step.bind, ENOTTY), (.open("/dev/iommu"), EACCES), (.open("/dev/vfio/devices/vfio0"), EACCES),
        ])
    func fallingBack(step: ScriptedOpening.Step, code: CInt) throws {
        try machine.addMediated()
        try machine.addCharacterDevice()
        kernel.refusals[step] = code
        _ = try open("vfio:\(Self.uuid)")
        #expect(Array(kernel.log.suffix(Self.groupWay.count)) == Self.groupWay)
        #expect(changes.count == 1)
    }

    @Test("where the kernel has no groups, the fault is the first way's")
    func noGroups() throws {
        try machine.addMediated()
        try machine.addCharacterDevice(iommufd: false)
        try machine.remove("dev/vfio/7")
        #expect(try failure("vfio:\(Self.uuid)").message.contains("modprobe iommufd"))
    }

    @Test("an inherited descriptor is duplicated")
    func inherited() throws {
        _ = try open("vfio:fd=5")
        #expect(kernel.log == ["duplicate 5"])
    }

    @Test("what was inherited must be a VFIO device")
    func notADevice() throws {
        kernel.displays["fd"]?.information = ENOTTY
        let (reason, message) = try failure("vfio:fd=5")
        #expect(reason == .unavailable && message.contains("isn't an open VFIO device"))
    }

    @Test("an EDID region makes the guest resizable; closing leaves its monitor plugged in")
    func resizable() throws {
        try machine.addMediated()
        let display = kernel.displays[Self.uuid]!
        display.addEDID()
        let planes = try open("vfio:\(Self.uuid)")
        #expect(planes.isResizable)
        planes.request(DisplayMode(size: PixelSize(width: 800, height: 600)))
        planes.close()
        #expect(!planes.isResizable)
        planes.request(DisplayMode(size: PixelSize(width: 1024, height: 768)))
        let base = UInt64(1) << 40
        #expect(display.written == [base + 20, base + 8, base + 24, base + 20])
    }
}
