// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import TestSupport
import Testing

@Suite("What list and doctor say of sources")
struct ListTests {
    /// A session without a bus, on a machine whose VFIO devices, if any, are as they are.
    private static let noBus = ["DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere/bus"]

    @Test("list says what couldn't be looked at, and how to have a display where there is none")
    func list() throws {
        let directory = try TemporaryDirectory()
        let plain = try ChildProcess.oriel(["list"], Self.noBus, in: directory)
        #expect(plain.waitForEnd() == 0)
        #expect(plain.output.contains("oriel: qemu: there is no session bus"), "\(plain.output)")
        if !FileManager.default.fileExists(atPath: "/dev/vfio") {
            #expect(plain.output.contains("-display dbus"), "\(plain.output)")
        }
    }

    @Test("list is one JSON object, with the problems in it")
    func listJSON() throws {
        let directory = try TemporaryDirectory()
        let list = try ChildProcess.oriel(["list", "--json"], Self.noBus, in: directory)
        #expect(list.waitForEnd() == 0)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(list.output.utf8)) as? [String: Any])
        #expect(object["sources"] is [Any])
        let problems = try #require(object["problems"] as? [String])
        #expect(problems.contains { $0.contains("session bus") })
    }

    @Test("list on a bus without a VM has nothing to complain of")
    func listEmptyBus() throws {
        let directory = try TemporaryDirectory()
        let bus = try DBusDaemon(in: directory)
        let list = try ChildProcess.oriel(["list"], ["DBUS_SESSION_BUS_ADDRESS": bus.address], in: directory)
        #expect(list.waitForEnd() == 0)
        #expect(!list.output.contains("oriel: qemu:"), "\(list.output)")
    }

    @Test("list has each VM's consoles, and its URLs are understood, whatever the VMs are called", .timeLimit(.minutes(5)))
    func listVMs() throws {
        let directory = try TemporaryDirectory()
        let bus = try DBusDaemon(in: directory)
        let identifiers = (1...2).map { "0000000\($0)-0000-0000-0000-000000000000" }
        let machines = try ["unix:a%b c?", "twin", "twin"].enumerated().map { index, name in
            // QEMU's -name takes no comma; its file names come from another word.
            try VirtualMachine(
                name: "vm\(index)", display: .bus(address: bus.address), in: directory,
                arguments: ["-name", name] + (index > 0 ? ["-uuid", identifiers[index - 1]] : []))
        }
        let environment = ["DBUS_SESSION_BUS_ADDRESS": bus.address]
        let list = try ChildProcess.oriel(["list", "--json"], environment, in: directory)
        #expect(list.waitForEnd() == 0)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(list.output.utf8)) as? [String: Any])
        let sources = try #require(object["sources"] as? [[String: Any]])
        let urls = sources.compactMap { $0["url"] as? String }
        #expect(urls == ["qemu:%75nix:a%25b%20c%3f?console=0"] + identifiers.map { "qemu:\($0)?console=0" }, "\(list.output)")
        #expect(sources.map { $0["name"] as? String } == ["unix:a%b c?", "twin", "twin"])
        #expect(sources.allSatisfy { ($0["size"] as? [String: Int])?["width"] ?? 0 > 0 })
        for url in urls {
            let doctor = try ChildProcess.oriel(["doctor", url], environment, in: directory)
            #expect(doctor.waitForEnd() == 0)
            #expect(doctor.output.contains("ok         opening"), "\(doctor.output)")
        }
        for machine in machines { machine.process.end() }
    }

    @Test("list has the plane servers of the runtime folder, each with a URL that is understood", .timeLimit(.minutes(5)))
    func listPlaneServers() throws {
        let directory = try TemporaryDirectory()
        let environment = Self.noBus.merging(["XDG_RUNTIME_DIR": directory.path]) { $1 }
        let socket = directory.file("a guest.sock")
        let guest = try ChildProcess.oriel(["guest", socket], environment, in: directory)
        #expect(waitUntil { access(socket, F_OK) == 0 }, "\(guest.output)")
        // A server is there before its guest's first picture: until then it has no size.
        let picture = directory.file("first.png")
        #expect(
            try ChildProcess.oriel(["screenshot", "planes:\(socket)", picture], environment, in: directory).waitForEnd() == 0)
        let list = try ChildProcess.oriel(["list", "--json"], environment, in: directory)
        #expect(list.waitForEnd() == 0)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(list.output.utf8)) as? [String: Any])
        let found = try #require(object["sources"] as? [[String: Any]])
        let source = try #require(found.first { ($0["url"] as? String)?.hasPrefix("planes:") == true }, "\(list.output)")
        let url = try #require(source["url"] as? String)
        #expect(url == "planes:\(directory.path)/a%20guest.sock")
        #expect((source["size"] as? [String: Int])?["width"] ?? 0 > 0)
        let doctor = try ChildProcess.oriel(["doctor", url], environment, in: directory)
        #expect(doctor.waitForEnd() == 0)
        #expect(doctor.output.contains("ok         opening"), "\(doctor.output)")
        guest.end()
    }

    @Test(
        "doctor says of a source whether it can be opened, of a VFIO device also why not",
        arguments: [
            ("demo:", "good"), ("qemu:unix:path=/nowhere/socket", "missing"),
            ("vfio:00000000-0000-0000-0000-000000000000", "missing"),
            ("vfio:unix=/nowhere/socket", "missing"),
        ])
    func doctorSource(source: String, state: String) throws {
        let directory = try TemporaryDirectory()
        func doctor(_ arguments: String...) throws -> String {
            let doctor = try ChildProcess.oriel(["doctor", source] + arguments, ["WAYLAND_DISPLAY": "none"], in: directory)
            #expect(doctor.waitForEnd() == 0)
            return doctor.output
        }
        let object = try #require(try JSONSerialization.jsonObject(with: Data(doctor("--json").utf8)) as? [String: Any])
        let examined = try #require(object["source"] as? [String: Any])
        #expect(examined["url"] as? String == source)
        let findings = try #require(examined["findings"] as? [[String: Any]])
        #expect(findings.last?["subject"] as? String == "opening")
        #expect(findings.last?["state"] as? String == state)
        #expect(try doctor().contains("\n\(source)\n"))
    }
}
