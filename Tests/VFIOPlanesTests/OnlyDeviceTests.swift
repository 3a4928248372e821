// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Glibc
import Logging
import Planes
import TestSupport
import Testing

@testable import VFIOPlanes

@Suite("vfio: alone")
struct OnlyDeviceTests {
    private let machine: FakeMachine
    private let kernel: ScriptedOpening
    private static let other = "7f000000-6ac5-4a9c-a2c1-3cdbeb5e3f1f"

    init() throws {
        machine = try FakeMachine()
        kernel = ScriptedOpening(machine)
    }

    private func open() throws -> VFIOPlanes {
        try .opened(
            VFIOAddress(endpoint: .onlyDevice), loop: EventLoop(), logger: CountingLog().logger, calls: kernel, tree: machine.tree
        )
    }

    private func failure() throws -> SourceError {
        do { _ = try open() } catch let error as SourceError { return error }
        throw TestSupportError("it opened")
    }

    @Test("is the only device with a display, among others without")
    func only() throws {
        try machine.addMediated()
        try machine.addMediated(Self.other, group: "8")
        kernel.displays[Self.other] = ScriptedDisplay(type: .region)
        #expect(try open().name == "vfio:\(Self.other)")
    }

    @Test("with several of them, the user is to say which")
    func several() throws {
        try machine.addMediated()
        try machine.addMediated(Self.other, group: "8")
        for name in [FakeMachine.uuid, Self.other] { kernel.displays[name] = ScriptedDisplay(type: .dmabuf) }
        let error = try failure()
        guard case .usage = error.reason else { throw error }
        #expect(error.message.contains("use vfio:\(FakeMachine.uuid) or vfio:\(Self.other)"))
    }

    @Test("with none, it says what to do")
    func none() throws {
        #expect(try failure().message.contains("this machine has no VFIO device: make a vGPU"))
        try machine.addMediated()
        #expect(try failure().message.contains("the only VFIO device here has no display"))
    }

    @Test("where one can't be opened, that is what is told, as it may be the one meant")
    func busy() throws {
        try machine.addMediated()
        try machine.addMediated(Self.other, group: "8")
        kernel.refusals[.open("/dev/vfio/8")] = EBUSY
        #expect(try failure().message.contains("/dev/vfio/8 is open in another process"))
        kernel.displays[FakeMachine.uuid] = ScriptedDisplay(type: .dmabuf)
        #expect(try open().name == "vfio:\(FakeMachine.uuid)")
    }

    @Test("a network card isn't opened for the question, a GPU is")
    func cards() throws {
        try machine.addPCI("0000:01:00.0", group: "5", classCode: "0x020000")
        #expect(try failure().message.contains("no VFIO device"))
        #expect(kernel.log.isEmpty)
        try machine.addPCI()
        kernel.displays[FakeMachine.gpu] = ScriptedDisplay(type: .dmabuf)
        #expect(try open().name == "vfio:\(FakeMachine.gpu)")
    }

    @Test("a device that sysfs shows in two places is one")
    func twice() throws {
        try machine.addMediated()
        try machine.addCharacterDevice()
        #expect(machine.tree.all().map(\.name) == [FakeMachine.uuid])
        #expect(machine.tree.all()[0].description == "MBOCHS-medium")
    }
}
