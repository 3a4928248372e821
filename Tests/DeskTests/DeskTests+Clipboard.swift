// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import TestSupport
import Testing

/// From wl-clipboard through a real sway, the built program and a real QEMU to an agent in a real guest, and back. Of the one suite,
/// so that guests don't boot beside each other.
extension DeskTests {
    @Test(
        "what is copied on the host is pasted in the guest while its window has the focus, and what is copied there on the host",
        .timeLimit(.minutes(8)))
    func clipboard() throws {
        let world = try DeskWorld(.usbTablet, with: .agent)
        var copier = try copy("Grüße vom host", on: world.sway)
        #expect(wait(forAtMost: 30) { world.guest.pasted.last == "Grüße vom host" }, "\(world.guest.pasted)")

        // Elsewhere the host's clipboard is none of the guest's business.
        try world.sway.command("workspace 2")
        #expect(wait(forAtMost: 30) { world.guest.pasted.last == "gone" }, "\(world.guest.pasted)")
        copier.end()
        copier = try copy("secret", on: world.sway)
        #expect(wait(forAtMost: 30) { (try? paste(on: world.sway)) == "secret" })
        usleep(500_000)
        #expect(world.guest.pasted.last == "gone")
        try world.sway.command("workspace 1")
        #expect(wait(forAtMost: 30) { world.guest.pasted.last == "secret" }, "\(world.guest.pasted)")

        try world.type("copy hi B2")
        #expect(wait(forAtMost: 30) { (try? paste(on: world.sway)) == "hi B2" }, "\(world.guest.typed)")
        // The one that had it is told so, and ends.
        #expect(copier.waitForEnd(20) == 0)
        try world.type("copy a")
        #expect(wait(forAtMost: 30) { (try? paste(on: world.sway)) == "a" }, "\(world.guest.typed)")
        #expect(world.guest.pasted.last == "secret")
        withExtendedLifetime(try copy("host again", on: world.sway)) {
            #expect(wait(forAtMost: 30) { world.guest.pasted.last == "host again" }, "\(world.guest.pasted)")
        }
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
        _ = child.waitForEnd(20)
        return child.output
    }
}
