// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Glibc
import Planes
import System
import TestSupport
import Testing

@testable import QMP

@Suite("Asking a monitor for its display, without waiting for it", .timeLimit(.minutes(5)))
struct DisplayRequestTests {
    enum Step: CaseIterable { case accept, greeting, capabilities, descriptor, client }

    private static let takeDescriptor = #"{"execute":"getfd","arguments":{"fdname":"oriel-display"}}"#
    private static let addClient =
        #"{"execute":"add_client","arguments":{"protocol":"@dbus-display","fdname":"oriel-display"}}"#

    /// A request, and what came of it.
    private final class Attempt {
        let peer: ScriptedMonitor
        let gauge = TurnGauge()
        var request: DisplayRequest?
        private(set) var sockets: [CInt] = []
        private(set) var errors: [String] = []

        init(patience: UInt64 = 2_000_000_000) throws {
            peer = try ScriptedMonitor()
            request = DisplayRequest(peer.address, patience: patience, loop: peer.loop) { [unowned self] result in
                switch consume result {
                case .success(let socket): sockets.append(socket.release())
                case .failure(let error): errors.append(error.message)
                }
            }
        }

        deinit { for socket in sockets { close(socket) } }

        var hasEnded: Bool { !sockets.isEmpty || !errors.isEmpty }

        /// Answers up to the step at which the monitor falls silent.
        func proceed(to step: Step) throws {
            guard step != .accept else { return }
            peer.accept()
            guard step != .greeting else { return }
            peer.say(ScriptedMonitor.greeting)
            #expect(try peer.commands(1) == [#"{"execute":"qmp_capabilities"}"#])
            guard step != .capabilities else { return }
            peer.answer()
            #expect(try peer.commands(1) == [DisplayRequestTests.takeDescriptor])
            guard step != .descriptor else { return }
            peer.answer()
            #expect(try peer.commands(1) == [DisplayRequestTests.addClient])
        }

        func turn(_ seconds: Double) throws { _ = try gauge.turn(peer.loop, atMost: seconds) { false } }
    }

    @Test(
        "a monitor that falls silent at a step never keeps the loop, and is one line of error when the time is up",
        arguments: Step.allCases)
    func silence(step: Step) throws {
        let attempt = try Attempt()
        try attempt.turn(0.02)
        try attempt.proceed(to: step)
        #expect(try attempt.gauge.turn(attempt.peer.loop, atMost: 60) { attempt.hasEnded })
        try attempt.turn(0.05)
        let reason =
            switch step {
            case .accept, .greeting, .capabilities:
                "the monitor doesn't greet: give QEMU a second -qmp, if another program is on this one, or see whether it hangs"
            case .descriptor, .client: "QEMU doesn't answer: see whether its process is stopped or hangs"
            }
        #expect(attempt.errors == ["\(attempt.peer.address): \(reason)"] && attempt.sockets.isEmpty)
        #expect(attempt.gauge.longestSleep < TurnGauge.frame)
        if step != .accept { #expect(attempt.peer.isAbandoned) }
    }

    @Test("a request that is released at any step gives the monitor back, and nobody hears of it", arguments: Step.allCases)
    func release(step: Step) throws {
        let attempt = try Attempt(patience: 60_000_000_000)
        try attempt.turn(0.02)
        try attempt.proceed(to: step)
        attempt.request = nil
        if step == .accept { attempt.peer.accept() }
        #expect(attempt.peer.isAbandoned)
        try attempt.turn(0.1)
        #expect(!attempt.hasEnded)
    }

    @Test("a monitor that answers gives a socket, and is free when the request has been told so")
    func socket() throws {
        let attempt = try Attempt()
        try attempt.turn(0.02)
        try attempt.proceed(to: .client)
        #expect(!attempt.hasEnded)
        attempt.peer.answer()
        #expect(try attempt.gauge.turn(attempt.peer.loop, atMost: 60) { attempt.hasEnded })
        try attempt.turn(0.05)
        #expect(attempt.sockets.count == 1 && attempt.errors.isEmpty && attempt.peer.isAbandoned)
        // QEMU's end is in the message that nobody has read; closed here, it would have ended ours.
        #expect(attempt.gauge.longestSleep < TurnGauge.frame)
    }

    @Test("a refusal of either command is told with QEMU's words", arguments: [Step.descriptor, .client])
    func refusal(step: Step) throws {
        let attempt = try Attempt()
        try attempt.turn(0.02)
        try attempt.proceed(to: step)
        attempt.peer.refuse("no such thing")
        #expect(try attempt.gauge.turn(attempt.peer.loop, atMost: 60) { attempt.hasEnded })
        #expect(
            attempt.errors == [
                "\(attempt.peer.address): QEMU refuses to share its display (no such thing): start it with -display dbus,p2p=yes"
            ])
    }

    @Test("a monitor whose queue is full is tried again, and told when the time is up")
    func queue() throws {
        let attempt = try Attempt(patience: 300_000_000)
        let others = try attempt.peer.fillQueue()
        defer { for other in others { close(other) } }
        #expect(try attempt.gauge.turn(attempt.peer.loop, atMost: 60) { attempt.hasEnded })
        #expect(
            attempt.errors == [
                "\(attempt.peer.address): other programs already wait for it: give QEMU a second -qmp for Oriel"
            ])
        #expect(attempt.gauge.longestSleep < TurnGauge.frame)
    }
}
