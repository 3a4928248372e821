// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import TestSupport
import Testing

/// From wl-clipboard through a real sway, the built program and a real QEMU to an agent in a real guest, and back. The tests take
/// turns: each boots a guest.
@Suite("A real guest's clipboard at somebody's desk", .serialized)
struct ClipboardDeskTests {
    @Test(
        "what is copied on the host is pasted in the guest while its window has the focus, and what is copied there on the host",
        .timeLimit(.minutes(8)))
    func clipboard() throws {
        let world = try DeskWorld(.usbTablet, with: .agent)
        var copier = try copy("Grüße vom host", on: world.sway)
        #expect(waitUntil { world.guest.pasted.last == "Grüße vom host" }, "\(world.guest.pasted)")

        // Elsewhere the host's clipboard is none of the guest's business.
        try world.sway.show(workspace: "2")
        #expect(waitUntil { world.guest.pasted.last == "gone" }, "\(world.guest.pasted)")
        copier.end()
        copier = try copy("secret", on: world.sway)
        #expect(waitUntil { (try? paste(on: world.sway)) == "secret" })
        waitForAMoment()
        #expect(world.guest.pasted.last == "gone")
        try world.sway.show(workspace: "1")
        #expect(waitUntil { world.guest.pasted.last == "secret" }, "\(world.guest.pasted)")

        try world.type("copy hi B2")
        #expect(waitUntil { (try? paste(on: world.sway)) == "hi B2" }, "\(world.guest.typed)")
        // The one that had it is told so, and ends.
        #expect(copier.waitForEnd() == 0)
        try world.type("copy a")
        #expect(waitUntil { (try? paste(on: world.sway)) == "a" }, "\(world.guest.typed)")
        #expect(world.guest.pasted.last == "secret")
        withExtendedLifetime(try copy("host again", on: world.sway)) {
            #expect(waitUntil { world.guest.pasted.last == "host again" }, "\(world.guest.pasted)")
        }
    }

    @Test(
        "a gibibyte on the host's clipboard is dropped at the limit, told in one line and never held in memory; the next copy comes",
        .timeLimit(.minutes(8)))
    func gibibyte() throws {
        let world = try DeskWorld(.usbTablet, with: .agent)
        let big = try ChildProcess(
            ["sh", "-c", "yes | head -c \(1 << 30) | wl-copy --foreground --type 'text/plain;charset=utf-8'"],
            environment: world.sway.environment, log: world.sway.directory.file("big.log"))
        func told() -> [String] {
            world.viewer.output.components(separatedBy: "\n").filter { $0.contains("clipboard") }
        }
        #expect(waitUntil { !told().isEmpty }, "\(big.output)")
        let small = try copy("small", on: world.sway)
        #expect(waitUntil { !world.guest.pasted.isEmpty })
        withExtendedLifetime(small) { #expect(world.guest.pasted == ["small"]) }
        // wl-copy has what it was given in a file of its own, and takes it away.
        #expect(big.waitForEnd() == 0, "\(big.output)")
        #expect(
            told() == [
                "oriel: warning: the clipboard isn't passed to the guest: it exceeds the limit of 16777216 bytes"
            ])
        // 38 MiB were seen, and 113 with AddressSanitizer.
        let memory = try mostMemory(of: world.viewer)
        #expect(memory < 256 << 20, "\(memory) bytes")
    }

    /// The most bytes that a program has ever had in memory (VmHWM of proc_pid_status(5), which is in KiB).
    private func mostMemory(of process: ChildProcess) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.identifier)/status", encoding: .utf8)
        return Int(try #require(status.firstMatch(of: #/VmHWM:\s+(\d+) kB/#)).1)! << 10
    }

    private func copy(_ text: String, on sway: Sway) throws -> ChildProcess {
        try ChildProcess(
            ["wl-copy", "--foreground", text], environment: sway.environment,
            log: sway.directory.file("copy-\(UUID().uuidString).log"))
    }

    private func paste(on sway: Sway) throws -> String {
        let child = try ChildProcess(
            ["wl-paste", "--no-newline", "--type", "text/plain;charset=utf-8"], environment: sway.environment,
            log: sway.directory.file("paste-\(UUID().uuidString).log"))
        _ = child.waitForEnd()
        return child.output
    }
}
