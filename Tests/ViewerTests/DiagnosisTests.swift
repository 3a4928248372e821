// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Diagnosis
import Surfaces
import TestCompositor
import Testing
import Wayland

@Suite("The diagnosis of a compositor")
struct DiagnosisTests {
    @Test(
        "the line about the main device says why there is none",
        arguments: [
            (nil, "none (the compositor has no zwp_linux_dmabuf_v1"),
            (3, "unknown (zwp_linux_dmabuf_v1 says it from version 4 on)"),
        ]
            as [(UInt32?, String)])
    func mainDevice(dmabufVersion: UInt32?, words: String) throws {
        var behaviour = Behaviour()
        behaviour.dmabufVersion = dmabufVersion
        let server = TestCompositor(behaviour)
        let socket = server.connect()
        let compositor = try server.serve { try Compositor(Connection(adopting: socket)) }
        let text = Diagnosis(version: "0", compositor: compositor.facts(), compositorError: nil).text
        #expect(text.contains("\nmain device: \(words)"), "\(text)")
        #expect(text.contains("missing    zwp_linux_dmabuf_v1: ") == (dmabufVersion == nil))
    }
}
