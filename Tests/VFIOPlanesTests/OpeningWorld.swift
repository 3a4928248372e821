// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Logging
import Planes
import TestSupport
import Testing

@testable import VFIOPlanes

extension VFIOPlanes {
    /// Opens a device of a scripted kernel, and turns the loop until that is done.
    static func opened(
        _ address: VFIOAddress, loop: EventLoop, logger: Logger, calls: any OpeningCalls, tree: DeviceTree
    ) throws -> VFIOPlanes {
        var result: Result<Guest, SourceError>?
        let opening = VFIOOpening(
            address, damage: .generation, patience: nil, loop: loop, logger: logger, calls: calls, tree: tree
        ) { result = $0 }
        guard try loop.runUntil({ result != nil }), let planes = try result!.get().planes as? VFIOPlanes else {
            throw TestSupportError("it never ends")
        }
        return withExtendedLifetime(opening) { planes }
    }
}

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
        try .opened(VFIOAddress(url: url), loop: loop, logger: log.logger, calls: kernel, tree: machine.tree)
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
