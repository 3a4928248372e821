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

@Suite("A VFIO device that can't be opened")
final class RefusalTests: OpeningWorld {

    struct Refusal: Sendable, CustomTestStringConvertible {
        let step: ScriptedOpening.Step
        let code: CInt
        let reason: SourceError.Reason
        let words: [String]
        var url = "vfio:\(uuid)"
        var testDescription: String { "\(step) \(code)" }
    }

    static let refusals = [
        Refusal(
            step: .open("/dev/vfio/7"), code: EACCES, reason: .notPermitted,
            words: ["/dev/vfio/7", "you may not open", "mode 0", "udev rule", "SUBSYSTEM==\"vfio\"", "GROUP=\"kvm\""]),
        Refusal(step: .open("/dev/vfio/7"), code: EPERM, reason: .notPermitted, words: ["/dev/vfio/7", "udev rule"]),
        Refusal(
            step: .open("/dev/vfio/7"), code: EBUSY, reason: .unavailable,
            words: ["/dev/vfio/7 is open in qemu-system-x86 (process 123)", "vfio:fd=N or vfio:unix=/SOCKET"]),
        Refusal(step: .open("/dev/vfio/7"), code: ENOENT, reason: .unavailable, words: ["/dev/vfio/7 doesn't exist", "udev"]),
        Refusal(step: .open("/dev/vfio/7"), code: EIO, reason: .unavailable, words: ["/dev/vfio/7: open failed", "dmesg"]),
        Refusal(step: .open("/dev/vfio/vfio"), code: ENOENT, reason: .unavailable, words: ["/dev/vfio/vfio", "modprobe"]),
        Refusal(step: .open("/dev/vfio/vfio"), code: ENODEV, reason: .unavailable, words: ["/dev/vfio/vfio", "modprobe"]),
        Refusal(
            step: .open("/dev/vfio/vfio"), code: EACCES, reason: .notPermitted, words: ["/dev/vfio/vfio", "you may not open"]),
        Refusal(step: .version, code: ENOTTY, reason: .unavailable, words: ["VFIO_GET_API_VERSION failed"]),
        Refusal(step: .flags, code: EIO, reason: .unavailable, words: ["VFIO_GROUP_GET_STATUS failed", "/dev/vfio/7"]),
        Refusal(step: .put, code: EINVAL, reason: .unavailable, words: ["VFIO_GROUP_SET_CONTAINER failed", "dmesg"]),
        Refusal(step: .put, code: EBUSY, reason: .unavailable, words: ["qemu-system-x86", "vfio:unix"]),
        Refusal(step: .setIOMMU, code: EPERM, reason: .unavailable, words: ["VFIO_SET_IOMMU failed", "dmesg"]),
        Refusal(step: .device, code: ENODEV, reason: .unavailable, words: ["/dev/vfio/7 doesn't give the device out"]),
        Refusal(step: .device, code: EIO, reason: .unavailable, words: ["VFIO_GROUP_GET_DEVICE_FD failed"]),
        Refusal(step: .duplicate, code: EBADF, reason: .unavailable, words: ["no descriptor 5", "over exec"], url: "vfio:fd=5"),
    ]

    @Test("each refusal of the kernel's is one line with a remedy", arguments: refusals)
    func refused(row: Refusal) throws {
        try machine.addMediated()
        try machine.addProcess(123, "qemu-system-x86", holding: "dev/vfio/7")
        try machine.addProcess(124, "else", holding: "dev/vfio/8")
        kernel.refusals[row.step] = row.code
        let (reason, message) = try failure(row.url)
        #expect(reason == row.reason, "\(message)")
        #expect(message.hasPrefix(row.url + ": "))
        for word in row.words { #expect(message.contains(word), "\(message)") }
    }

    @Test(
        "each way that a VMM's socket can fail is one line with a remedy",
        arguments: [
            (ENOENT, SourceError.Reason.unavailable, ["no such socket"]),
            (ECONNREFUSED, SourceError.Reason.unavailable, ["nobody listens"]),
            (EACCES, SourceError.Reason.notPermitted, ["run as the user"]),
            (ETIMEDOUT, SourceError.Reason.unavailable, ["nothing came", "'v'"]),
            (EBADMSG, SourceError.Reason.unavailable, ["something other than a device", "'v'"]),
            (ENODATA, SourceError.Reason.unavailable, ["closed before"]),
            (ENOTSOCK, SourceError.Reason.unavailable, ["can't be used"]),
        ])
    func socket(code: CInt, reason: SourceError.Reason, words: [String]) throws {
        let error = OpeningFault.socket(errno: code).error(for: try VFIOAddress(url: "vfio:unix=/x"))
        #expect(error.reason == reason)
        #expect(error.message.hasPrefix("vfio:unix=/x: ") && !error.message.contains("\n"))
        for word in words { #expect(error.message.contains(word), "\(error.message)") }
    }

    @Test(
        "the same for a device's own file",
        arguments: [
            (ScriptedOpening.Step.open("/dev/vfio/devices/vfio0"), EBUSY, "vfio:unix"),
            (.bind, EBUSY, "/dev/vfio/devices/vfio0 is open in crosvm (process 9)"), (.bind, EINVAL, "vfio:fd=N"),
            (.bind, ENOMEM, "VFIO_DEVICE_BIND_IOMMUFD failed"),
        ])
    func refusedOwnFile(step: ScriptedOpening.Step, code: CInt, words: String) throws {
        try machine.addMediated()
        try machine.addCharacterDevice()
        try machine.addProcess(9, "crosvm", holding: "dev/vfio/devices/vfio0")
        kernel.refusals[step] = code
        #expect(try failure("vfio:/dev/vfio/devices/vfio0").message.contains(words))
        #expect(!kernel.log.contains("open /dev/vfio/vfio"))
    }

    @Test("a file that a group of users may open says which group to join")
    func joinable() throws {
        try machine.addMediated()
        chmod(machine.file("dev/vfio/7"), 0o660)
        guard let group = getgrnam("kvm") ?? getgrnam("video") else { throw TestSupportError("no group to try with") }
        // Only root can give the file to that group.
        guard chown(machine.file("dev/vfio/7"), 0, group.pointee.gr_gid) == 0 else { return }
        kernel.refusals[.open("/dev/vfio/7")] = EACCES
        let message = try failure("vfio:\(Self.uuid)").message
        #expect(message.contains("usermod -aG \(String(cString: group.pointee.gr_name))") && message.contains("mode 0660"))
    }

    @Test("what the kernel says instead of refusing")
    func answers() throws {
        try machine.addMediated()
        try machine.addPCI("0000:01:00.0", group: "7", driver: nil)
        kernel.groupFlags = 0
        let notViable = try failure("vfio:\(Self.uuid)").message
        #expect(notViable.contains("0000:01:00.0 \(Self.uuid)") && notViable.contains("bind all of them"))
        kernel.types = []
        #expect(try failure("vfio:\(Self.uuid)").message.contains("modprobe vfio_iommu_type1"))
        kernel.version = 1
        #expect(try failure("vfio:\(Self.uuid)").message.contains("version 1"))
    }

    @Test("what sysfs hasn't, or has otherwise")
    func sysfs() throws {
        try machine.addPCI(driver: "i915")
        try machine.addPCI("0000:00:03.0", driver: nil)
        try machine.addMediated(group: nil)
        for (url, words) in [
            ("vfio:00:02.0", "belongs to the driver i915"), ("vfio:00:03.0", "no driver"), ("vfio:00:04.0", "no such PCI device"),
            ("vfio:\(Self.uuid)", "no IOMMU group"), ("vfio:00000000-0000-0000-0000-000000000000", "no mediated device"),
            ("vfio:/dev/vfio/devices/vfio3", "no such VFIO device"), ("vfio:/sys/nowhere", "no such device in sysfs"),
        ] {
            let (reason, message) = try failure(url)
            #expect(reason == .unavailable && message.contains(words), "\(message)")
        }
        #expect(kernel.log.isEmpty)
    }

    @Test("sysfs leads nowhere else")
    func outside() throws {
        try machine.make(folder: "elsewhere")
        try machine.link("sys/bus/pci/devices/0000:00:05.0", to: "elsewhere")
        #expect(try failure("vfio:00:05.0").message.contains("no such PCI device"))
    }
}
