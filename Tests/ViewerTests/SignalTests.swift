// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import TestCompositor
import TestSupport
import Testing

@Suite("A signal")
struct SignalTests {
    @Test("ends a viewer whose compositor falls silent before it has said what it has", arguments: [SIGINT, SIGTERM, SIGHUP])
    func silentCompositor(number: CInt) throws {
        let directory = try TemporaryDirectory(), compositor = TestCompositor()
        try #require(compositor.listen(at: directory.file("wayland")))
        let viewer = try ChildProcess.oriel(
            ["view", "demo:?rate=0"], ["WAYLAND_DISPLAY": directory.file("wayland")], in: directory)
        // The registry is answered, and what is bound from it isn't.
        #expect(waitUntil { compositor.turn() })
        #expect(waitUntil { compositor.hasRequests })
        viewer.signal(number)
        #expect(viewer.waitForEnd() == -number, "\(viewer.output)")
    }
}
