// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Planes
import TestSupport
import Testing

@testable import VFIOPlanes

/// A machine of folders and a kernel that follows a script, each of whose devices has a display: what tests of opening share.
class OpeningWorld {
    let machine: FakeMachine
    let kernel: ScriptedOpening
    let log = CountingLog()
    let loop: EventLoop
    static let uuid = FakeMachine.uuid

    init() throws {
        machine = try FakeMachine()
        kernel = ScriptedOpening(machine)
        loop = try EventLoop()
        for name in [Self.uuid, "vfio0", "fd", "socket", FakeMachine.gpu] {
            kernel.displays[name] = ScriptedDisplay(type: .dmabuf)
        }
    }

    func open(_ url: String) throws -> VFIOPlanes {
        try VFIOPlanes.open(
            address: VFIOAddress(url: url), damage: .generation, loop: loop, logger: log.logger, calls: kernel,
            tree: machine.tree)
    }

    /// Why it doesn't open: one line, without the machine's folder.
    func failure(_ url: String) throws -> (reason: SourceError.Reason, message: String) {
        do { _ = try open(url) } catch let error as SourceError {
            #expect(!error.message.contains("\n"))
            return (error.reason, error.message.replacing(machine.directory.path, with: ""))
        }
        throw TestSupportError("it opened")
    }
}
