// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import PlaneImage
import TestSupport
import Testing

@Suite("All consoles of a real QEMU on a real Weston", .serialized)
struct ConsolesViewerTests {
    private let weston: Weston
    private let bus: DBusDaemon

    init() throws {
        weston = try Weston()
        bus = try DBusDaemon(in: weston.directory)
    }

    private func machine() throws -> VirtualMachine {
        try VirtualMachine(
            name: "two", display: .bus(address: bus.address), in: weston.directory,
            arguments: ["-device", "secondary-vga", "-trace", "dbus_clipboard_*"])
    }

    /// The statistics of each console, by its name.
    private func consoles(_ file: String) throws -> [(name: String, statistics: [String: Any])] {
        let object = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: file))) as? [String: Any]
        return try #require(object?["consoles"] as? [[String: Any]]).map {
            ($0["name"] as? String ?? "", $0["statistics"] as? [String: Any] ?? [:])
        }
    }

    @Test(
        "have a window each in one process, nothing is copied, and the VM's end is one line and exit code 69",
        .timeLimit(.minutes(5)))
    func all() throws {
        let machine = try machine()
        let file = weston.directory.file("stats.json")
        let viewer = try weston.oriel(["view", "qemu:unix:path=\(bus.path)", "--all-consoles", "--stats", file])
        // Each tells its path with its first commit.
        #expect(
            waitUntil {
                ["two (virtio-vga): path", "two (secondary-vga): path"].allSatisfy(viewer.output.contains)
            }, "\(viewer.output)")
        machine.process.signal(SIGKILL)
        #expect(viewer.waitForEnd() == 69, "\(viewer.output)")
        #expect(viewer.output.split(separator: "\n").filter { !$0.contains(": path ") }.count == 1, "\(viewer.output)")
        let consoles = try consoles(file)
        #expect(consoles.map(\.name) == ["two (virtio-vga)", "two (secondary-vga)"])
        for console in consoles {
            #expect(console.statistics["path"] as? String == "shared-memory")
            #expect((console.statistics["pixels"] as? [String: Int])?["bytesCopied"] == 0)
            #expect((console.statistics["frames"] as? [String: Int])?["committed"] ?? 0 > 0)
        }
    }

    @Test(
        "share one clipboard, and end together when the user interrupts the process, or the compositor goes",
        .timeLimit(.minutes(5)))
    func ends() throws {
        let machine = try machine()
        let isShown = { (viewer: ChildProcess) in
            waitUntil { viewer.output.components(separatedBy: ": path ").count > 2 }
        }
        let file = weston.directory.file("stats.json")
        let arguments = ["view", "qemu:unix:path=\(bus.path)", "--all-consoles"]
        let interrupted = try weston.oriel(arguments + ["--clipboard", "--stats", file])
        #expect(isShown(interrupted), "\(interrupted.output)")
        let traces = {
            machine.process.output.split(separator: "\n").filter { $0.hasPrefix("dbus_clipboard") }.map { $0.prefix(23) }
        }
        // QEMU says so before it has looked at the viewer's side: one that has gone by then never was registered.
        #expect(waitUntil { traces() == ["dbus_clipboard_register"] })
        sleep(1)
        interrupted.signal(SIGINT)
        #expect(interrupted.waitForEnd() == 0, "\(interrupted.output)")
        #expect(try consoles(file).count == 2)
        #expect(waitUntil { traces().count == 2 })
        #expect(traces() == ["dbus_clipboard_register", "dbus_clipboard_unregist"])
        let orphan = try weston.oriel(arguments)
        #expect(isShown(orphan), "\(orphan.output)")
        weston.kill()
        #expect(orphan.waitForEnd() == 74, "\(orphan.output)")
        #expect(orphan.output.split(separator: "\n").filter { !$0.contains(": path ") }.count == 1, "\(orphan.output)")
        #expect(machine.process.isRunning)
    }
}
