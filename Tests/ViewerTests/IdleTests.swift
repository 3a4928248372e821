// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Glibc
import Measurement
import TestSupport
import Testing

/// The program with a guest that stands still, on a real Weston. A VFIO device must be asked all the time; these sources tell.
@Suite("A guest that stands still", .timeLimit(.minutes(5)))
struct IdleTests {
    /// Ten seconds without a single wake-up. What the window does at its beginning must end some time.
    private func expectRest(_ viewer: ChildProcess) {
        #expect(waitUntil { viewer.output.contains(": path ") }, "\(viewer.output)")
        var counts: [UInt64] = []
        let rests = waitUntil {
            let before = ProcessCost(of: viewer.identifier)?.wakeUps
            sleep(10)
            let after = ProcessCost(of: viewer.identifier)?.wakeUps
            if let before, let after { counts.append(after - before) }
            return before != nil && before == after
        }
        #expect(rests, "wake-ups in ten seconds: \(counts)")
    }

    @Test("wakes nobody in the demonstration's process")
    func demonstration() throws {
        let weston = try Weston(width: 640, height: 480)
        expectRest(try weston.oriel(["view", "demo:?rate=0&cursor=still&memory=memfd"]))
    }

    @Test("wakes no viewer of a plane server")
    func planes() throws {
        let weston = try Weston(width: 640, height: 480), path = weston.directory.file("guest.sock")
        let guest = try weston.oriel(["guest", path, "--memory", "memfd", "--rate", "0", "--cursor", "still"])
        #expect(waitUntil { guest.output.contains("serving") }, "\(guest.output)")
        expectRest(try weston.oriel(["view", "planes:\(path)"]))
    }

    @Test("wakes no viewer of QEMU")
    func qemu() throws {
        let weston = try Weston(width: 720, height: 400)
        let bus = try DBusDaemon(in: weston.directory)
        // It never runs: QEMU tells of its firmware's cursor 33 times a second, even while the machine is stopped.
        let machine = try VirtualMachine(
            name: "still", display: .bus(address: bus.address), in: weston.directory, arguments: ["-S"])
        expectRest(try weston.oriel(["view", "qemu:unix:path=\(bus.path)"]))
        #expect(machine.process.isRunning)
    }
}
