// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import TestSupport
import Testing

@Suite("Keys sent to a real QEMU", .serialized)
struct SendTests {
    @Test("Ctrl+Alt+Del reaches the firmware, which starts again", .timeLimit(.minutes(5)))
    func restart() throws {
        let directory = try TemporaryDirectory()
        let bus = try DBusDaemon(in: directory)
        // A VM that ends where it would start again.
        let machine = try VirtualMachine(
            name: "restarting", display: .bus(address: bus.address), in: directory, arguments: ["-no-reboot"])
        // Until it has looked for a disk the firmware doesn't listen.
        let hasEnded = waitUntil(every: 0.2) {
            guard machine.process.isRunning else { return true }
            let sender = try? ChildProcess.oriel(["send", "qemu:unix:path=\(bus.path)", "ctrl+alt+delete"], [:], in: directory)
            // 69 where the VM went in mid-sentence.
            #expect([0, 69].contains(sender?.waitForEnd()), "\(sender?.output ?? "")")
            return !machine.process.isRunning
        }
        #expect(hasEnded)
    }
}
