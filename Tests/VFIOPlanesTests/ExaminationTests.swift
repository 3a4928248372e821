// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import CVFIO
import Glibc
import Planes
import Testing

@testable import VFIOPlanes

@Suite("What list and doctor find of VFIO devices")
struct ExaminationTests {
    private let machine: FakeMachine
    private let kernel: ScriptedOpening
    private static let other = "7f000000-6ac5-4a9c-a2c1-3cdbeb5e3f1f"

    init() throws {
        machine = try FakeMachine()
        kernel = ScriptedOpening(machine)
    }

    private func examine(_ url: String) throws -> [DeviceExamination.Step] {
        try DeviceExamination(of: VFIOAddress(url: url), on: EventLoop(), calls: kernel, tree: machine.tree).steps
    }

    /// A display that shows 1024x768 XR24.
    private func display(_ type: DisplayProbe.PlaneType = .dmabuf) -> ScriptedDisplay {
        let display = ScriptedDisplay(type: type)
        var plane = vfio_device_gfx_plane_info()
        plane.drm_format = 0x3432_5258
        plane.width = 1024
        plane.height = 768
        plane.stride = 4096
        plane.size = 4096 * 768
        display.planes[1] = plane
        return display
    }

    private func subjects(_ steps: [DeviceExamination.Step]) -> [String] { steps.map { "\($0.outcome) \($0.subject)" } }

    @Test("a device with everything is good at each step")
    func good() throws {
        try machine.addMediated()
        try machine.addCharacterDevice()
        kernel.displays["vfio0"] = display()
        kernel.displays["vfio0"]?.addEDID()
        let steps = try examine("vfio:\(FakeMachine.uuid)")
        #expect(
            subjects(steps) == [
                "good device", "good own file", "good IOMMU group 7", "good opening", "good display", "good cursor plane",
                "good EDID", "good picture",
            ])
        #expect(steps.last?.detail == "1024x768 XR24 LINEAR, 4096 bytes a row")
        #expect(steps.allSatisfy { $0.cost == nil && $0.remedy == nil })
    }

    @Test("a region that is off and can't be resized says what each of that costs")
    func poor() throws {
        try machine.addMediated()
        kernel.displays[FakeMachine.uuid] = ScriptedDisplay(type: .region)
        let steps = try examine("vfio:\(FakeMachine.uuid)")
        #expect(
            subjects(steps) == [
                "good device", "good IOMMU group 7", "good opening", "missing display", "missing cursor plane", "missing EDID",
                "missing picture",
            ])
        #expect(steps.filter { $0.outcome == .missing }.allSatisfy { $0.cost != nil && $0.remedy != nil })
        kernel.displays[FakeMachine.uuid]?.queryError = EIO
        #expect(try examine("vfio:\(FakeMachine.uuid)").last?.detail.contains("query failed") == true)
    }

    @Test("a device that a VMM holds names the process and the way to be handed it")
    func held() throws {
        try machine.addMediated()
        try machine.addProcess(123, "qemu-system-x86", holding: "dev/vfio/7")
        kernel.refusals[.open("/dev/vfio/7")] = EBUSY
        let steps = try examine("vfio:\(FakeMachine.uuid)")
        #expect(subjects(steps) == ["good device", "missing IOMMU group 7", "missing opening"])
        #expect(steps[1].detail.contains("qemu-system-x86 (process 123)"))
        #expect(steps[2].remedy?.contains("vfio:unix=/SOCKET") == true)
    }

    @Test("a file that is closed is forbidden, and one that is missing is missing")
    func closed() throws {
        try machine.addMediated()
        kernel.refusals[.open("/dev/vfio/7")] = EACCES
        let steps = try examine("vfio:\(FakeMachine.uuid)")
        #expect(steps.last?.outcome == .forbidden)
        #expect(steps.last?.remedy?.contains("udev rule") == true)
        try machine.remove("dev/vfio/7")
        #expect(subjects(try examine("vfio:\(FakeMachine.uuid)")).contains("missing IOMMU group 7"))
    }

    @Test("what isn't there, and what has no display")
    func nothing() throws {
        #expect(subjects(try examine("vfio:")) == ["missing devices", "missing opening"])
        #expect(subjects(try examine("vfio:00:02.0")) == ["missing opening"])
        #expect(subjects(try examine("vfio:fd=5")) == ["good opening", "missing display"])
        try machine.addMediated()
        #expect(subjects(try examine("vfio:\(FakeMachine.uuid)")).suffix(2) == ["good opening", "missing display"])
    }

    @Test("list has the devices with a display, what they show, and a line for each that can't be looked at")
    func list() throws {
        try machine.addMediated()
        try machine.addMediated(Self.other, group: "8")
        try machine.addPCI()
        try machine.addPCI("0000:01:00.0", group: "11", classCode: "0x020000")
        kernel.displays[FakeMachine.uuid] = display()
        kernel.displays[FakeMachine.gpu] = ScriptedDisplay(type: .dmabuf)
        kernel.refusals[.open("/dev/vfio/8")] = EBUSY
        let list = DisplayList(calls: kernel, tree: machine.tree)
        #expect(
            list.displays == [
                DisplayList.Display(
                    address: VFIOAddress(endpoint: .pci(address: FakeMachine.gpu)), description: "PCI 8086:3e9b, class 0x030000",
                    size: nil, format: nil),
                DisplayList.Display(
                    address: VFIOAddress(endpoint: .mediated(uuid: FakeMachine.uuid)), description: "MBOCHS-medium",
                    size: PixelSize(width: 1024, height: 768), format: "XR24"),
            ])
        #expect(list.problems.count == 1)
        #expect(
            list.problems[0].hasPrefix("vfio:\(Self.other): ")
                && list.problems[0].contains("/dev/vfio/8 is open in another process"))
        #expect(!kernel.log.contains { $0.contains("0000:01:00.0") })
    }
}
