// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import PlaneImage
import TestSupport
import Testing

/// Sources that come, go and come back, through the built program, on a real Weston.
@Suite("A viewer that waits", .serialized)
struct ReconnectViewerTests {
    /// VGA's text mode, in which the firmware stops at «No bootable device».
    private static let textMode = (width: 720, height: 400)

    private func isLit(_ weston: Weston) -> Bool {
        guard let image = try? PNG.read(try weston.screenshot()) else { return false }
        return stride(from: 0, to: image.bytes.count, by: 4).count { image.bytes[$0] > 100 } > 2000
    }

    private func descriptors(of process: ChildProcess) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.identifier)/fd").count) ?? 0
    }

    /// How often a process has said so.
    private func told(_ words: String, by process: ChildProcess) -> Int {
        process.output.components(separatedBy: words).count - 1
    }

    private func statistics(_ file: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: file))) as? [String: Any])
    }

    @Test(
        "a QEMU that is killed and started again, and again, is back in the same window with its clipboard; nothing is left of the old",
        .timeLimit(.minutes(5)), arguments: [false, true])
    func restarts(_ isPeerToPeer: Bool) throws {
        let weston = try Weston(width: Self.textMode.width, height: Self.textMode.height)
        let bus = try DBusDaemon(in: weston.directory)
        func start() throws -> VirtualMachine {
            try VirtualMachine(
                name: "phoenix", display: isPeerToPeer ? .peerToPeer : .bus(address: bus.address), in: weston.directory,
                arguments: ["-trace", "dbus_clipboard_register"])
        }
        var machine = try start()
        let file = weston.directory.file("stats.json")
        let url = isPeerToPeer ? "qemu:qmp=\(machine.monitor)" : "qemu:unix:path=\(bus.path)"
        let viewer = try weston.oriel(["view", url, "--fullscreen", "--reconnect", "--clipboard", "--stats", file])
        #expect(waitUntil(every: 0.3) { isLit(weston) }, "\(viewer.output)")
        // All of them have one log.
        #expect(waitUntil { told("dbus_clipboard_register", by: machine.process) == 1 })
        let open = descriptors(of: viewer)
        for round in 1...2 {
            machine.process.signal(SIGKILL)
            #expect(waitUntil { told("(waiting for its return)", by: viewer) == round }, "\(viewer.output)")
            // The last picture stays.
            #expect(isLit(weston) && viewer.isRunning)
            machine = try start()
            #expect(waitUntil { told("phoenix: back after ", by: viewer) == round }, "\(viewer.output)")
            #expect(waitUntil { told("dbus_clipboard_register", by: machine.process) == round + 1 })
            #expect(waitUntil(every: 0.3) { isLit(weston) }, "\(viewer.output)")
        }
        // A buffer more or less may be known at the moment.
        #expect(waitUntil { abs(descriptors(of: viewer) - open) <= 2 }, "\(descriptors(of: viewer)) \(open)")
        viewer.signal(SIGINT)
        #expect(viewer.waitForEnd() == 0, "\(viewer.output)")
        let statistics = try statistics(file)
        #expect(statistics["reconnects"] as? Int == 2 && statistics["path"] as? String == "shared-memory")
        #expect(((statistics["buffers"] as? [String: Int])?["live"]).map { $0 <= 3 } == true, "\(statistics)")
    }

    @Test("a VM that is reset is the same source: nothing ends, and nothing is told", .timeLimit(.minutes(5)))
    func reset() throws {
        let weston = try Weston(width: Self.textMode.width, height: Self.textMode.height)
        let bus = try DBusDaemon(in: weston.directory)
        let machine = try VirtualMachine(name: "reset", display: .bus(address: bus.address), in: weston.directory)
        let viewer = try weston.oriel(["view", "qemu:unix:path=\(bus.path)", "--fullscreen"])
        #expect(waitUntil(every: 0.3) { isLit(weston) }, "\(viewer.output)")
        try machine.reset()
        sleep(1)
        #expect(waitUntil(every: 0.3) { isLit(weston) }, "\(viewer.output)")
        #expect(viewer.isRunning)
        let lines = viewer.output.split(separator: "\n")
        #expect(lines.allSatisfy { $0.contains(": path ") || $0.contains("display off") }, "\(viewer.output)")
    }

    @Test("a viewer that is there before its QEMU shows it when it comes; one with a limit gives up", .timeLimit(.minutes(5)))
    func waits() throws {
        let weston = try Weston(width: Self.textMode.width, height: Self.textMode.height)
        let bus = try DBusDaemon(in: weston.directory)
        let url = "qemu:unix:path=\(bus.path)"
        let impatient = try weston.oriel(["view", url, "--wait", "--wait-limit", "1"])
        #expect(impatient.waitForEnd() == 69)
        #expect(
            impatient.output.split(separator: "\n") == [
                "oriel: \(url): no QEMU shows its display there: start it with -display dbus (waiting for it)",
                "oriel: \(url): no QEMU shows its display there: start it with -display dbus",
            ])
        let viewer = try weston.oriel(["view", url, "--wait", "--fullscreen"])
        #expect(waitUntil { viewer.output.contains("(waiting for it)") }, "\(viewer.output)")
        let machine = try VirtualMachine(name: "late", display: .bus(address: bus.address), in: weston.directory)
        #expect(waitUntil { viewer.output.contains("late: there after ") }, "\(viewer.output)")
        #expect(waitUntil(every: 0.3) { isLit(weston) }, "\(viewer.output)")
        // It was waited for, not kept.
        machine.process.signal(SIGKILL)
        #expect(viewer.waitForEnd() == 69, "\(viewer.output)")
    }

    @Test(
        "a plane server that is gone and back is shown again; closing the window meanwhile ends the viewer",
        .timeLimit(.minutes(5)))
    func planes() throws {
        let weston = try Weston(width: 320, height: 200)
        let path = weston.directory.file("guest.sock"), file = weston.directory.file("stats.json")
        func start() throws -> ChildProcess {
            let guest = try weston.oriel(["guest", path, "--memory", "memfd", "--size", "320x200", "--rate", "60"])
            #expect(waitUntil { guest.output.contains("serving") }, "\(guest.output)")
            return guest
        }
        var guest = try start()
        let viewer = try weston.oriel(["view", "planes:\(path)", "--reconnect", "--stats", file])
        #expect(waitUntil { viewer.output.contains(": path dmabuf") }, "\(viewer.output)")
        for round in 1...2 {
            guest.signal(round == 1 ? SIGKILL : SIGTERM)
            #expect(waitUntil { told("(waiting for its return)", by: viewer) == round }, "\(viewer.output)")
            guest = try start()
            #expect(waitUntil { told(": back after ", by: viewer) == round }, "\(viewer.output)")
            #expect(waitUntil { told(": path dmabuf", by: viewer) == round + 1 }, "\(viewer.output)")
        }
        guest.signal(SIGKILL)
        #expect(waitUntil { told("(waiting for its return)", by: viewer) == 3 }, "\(viewer.output)")
        viewer.signal(SIGTERM)
        #expect(viewer.waitForEnd() == 0, "\(viewer.output)")
        let statistics = try statistics(file)
        #expect(statistics["reconnects"] as? Int == 2)
        #expect((statistics["pixels"] as? [String: Int])?["bytesCopied"] == 0)
    }
}
