// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Foundation
import TestSupport
import Testing

@Suite("A program that the loop starts", .serialized, .timeLimit(.minutes(2)))
struct ChildSourceTests {
    private let loop: EventLoop

    init() throws {
        ChildSource.prepare()
        loop = try EventLoop()
    }

    private func end(of command: [String], _ environment: [String: String] = [:]) throws -> ChildSource.End? {
        var end: ChildSource.End?
        try ChildSource.run(command, environment: environment, on: loop) { end = $0 }
        _ = try loop.runUntil { end != nil }
        return end
    }

    @Test("has its arguments as they are and its own environment, and tells its end")
    func ends() throws {
        let folder = try TemporaryDirectory(), file = folder.file("said")
        let script = "printf '%s %s %s' \"$1\" \"$ORIEL_SCREEN\" \"$HOME\" > \"$0\"; exit 3"
        let end = try end(of: ["/bin/sh", "-c", script, file, "a b; $x"], ["ORIEL_SCREEN": "left 'one'", "HOME": "/nowhere"])
        #expect(end == .exited(3))
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "a b; $x left 'one' /nowhere")
        #expect(try self.end(of: ["/bin/sh", "-c", "kill -9 $$"]) == .killed(signal: SIGKILL))
    }

    @Test("a program that isn't there is an error, and not its end")
    func missing() {
        #expect(throws: EventLoopError.self) { try end(of: ["/nowhere/to/be/found"]) }
    }

    @Test("takes no blocked signal with it")
    func signals() throws {
        let end = try end(of: ["/bin/sh", "-c", "grep -q '^SigBlk:[[:space:]]*0*$' /proc/self/status"])
        #expect(end == .exited(0))
    }
}
