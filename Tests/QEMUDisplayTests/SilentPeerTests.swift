// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Glibc
import Logging
import Planes
import QEMUDisplay
import TestSupport
import Testing

@Suite("Opening a VM without waiting for it", .timeLimit(.minutes(5)))
struct SilentPeerTests {
    private static let patience: UInt64 = 1_000_000_000
    private static let log = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    /// An opening, and what came of it.
    private final class Attempt {
        let loop: EventLoop
        let machine: ScriptedMachine
        let gauge = TurnGauge()
        var opening: QEMUOpening?
        private(set) var results: [Result<[Guest], SourceError>] = []

        init(
            silentAt step: ScriptedMachine.Step?, hasBus: Bool = true, consoles: [UInt32] = [0, 1],
            _ wanted: QEMUOpening.Consoles = .all, patience: UInt64? = SilentPeerTests.patience
        ) throws {
            loop = try EventLoop()
            machine = try ScriptedMachine(silentAt: step, hasBus: hasBus, consoles: consoles, loop: loop)
            opening = QEMUOpening(
                machine.address, consoles: wanted, patience: patience, loop: loop, logger: SilentPeerTests.log
            ) { [unowned self] in results.append($0) }
        }

        /// The result, once it is there.
        func result() throws -> Result<[Guest], SourceError> {
            #expect(try gauge.turn(loop, atMost: 60) { !results.isEmpty })
            _ = try gauge.turn(loop, atMost: 0.05) { false }
            #expect(results.count == 1)
            return try #require(results.first)
        }

        func message() throws -> String {
            switch try result() {
            case .success: "opened"
            case .failure(let error): error.message
            }
        }
    }

    @Test(
        "a peer that falls silent at a step never keeps the loop, and is one line of error when the time is up",
        arguments: ScriptedMachine.Step.allCases)
    func silence(step: ScriptedMachine.Step) throws {
        let attempt = try Attempt(silentAt: step)
        let message = try attempt.message()
        let timeout = "(Connection timed out): restart it"
        let expected =
            switch step {
            case .queue: "its queue of connections is full: see whether the process that listens there is stopped or hangs"
            case .accept, .authentication:
                "it doesn't answer as D-Bus does: name a socket of dbus-daemon or of a QEMU with p2p=yes"
            case .hello, .owners: "the bus doesn't answer (Connection timed out): check it with busctl"
            case .description: "a QEMU there doesn't answer: see whether its process is stopped or hangs"
            case .console: "scripted doesn't tell of its console 0 \(timeout)"
            case .registration, .interfaces: "scripted doesn't show its console 0 \(timeout)"
            case .picture: "opened"
            }
        #expect(message == (step == .picture ? expected : "\(attempt.machine.address): \(expected)"))
        #expect(attempt.machine.isReached)
        #expect(attempt.gauge.longestSleep < TurnGauge.frame)
        if step != .picture, step != .queue {
            attempt.opening = nil
            #expect(attempt.machine.connections > 0 && attempt.machine.isAbandoned)
        }
    }

    @Test(
        "an opening that is cancelled or released at any step closes all that it has, and nobody hears of it",
        arguments: ScriptedMachine.Step.allCases, [false, true])
    func cancel(step: ScriptedMachine.Step, isReleased: Bool) throws {
        let attempt = try Attempt(silentAt: step, patience: 60_000_000_000)
        #expect(try attempt.gauge.turn(attempt.loop, atMost: 60) { attempt.machine.isReached })
        // The client's own part of the step.
        _ = try attempt.gauge.turn(attempt.loop, atMost: 0.05) { false }
        if isReleased { attempt.opening = nil } else { attempt.opening?.cancel() }
        if step != .queue {
            #expect(attempt.machine.connections > 0 && attempt.machine.isAbandoned)
            // Both consoles' listeners, and the way to the bus.
            if [.registration, .interfaces, .picture].contains(step) { #expect(attempt.machine.connections == 3) }
        }
        _ = try attempt.gauge.turn(attempt.loop, atMost: 0.4) { false }
        #expect(attempt.results.isEmpty)
        #expect(attempt.gauge.longestSleep < TurnGauge.frame)
    }

    @Test("an opening that is cancelled before the loop's first turn makes no connection")
    func cancelAtOnce() throws {
        let attempt = try Attempt(silentAt: .accept)
        attempt.opening?.cancel()
        _ = try attempt.gauge.turn(attempt.loop, atMost: 0.05) { false }
        #expect(attempt.machine.connections == 0 && attempt.results.isEmpty)
    }

    @Test("a VM's name of megabytes is cut, and its control characters are spaces")
    func longName() throws {
        let attempt = try Attempt(silentAt: nil, consoles: [0])
        attempt.machine.name = "\u{1B}]0;" + String(repeating: "n", count: 1_000_000)
        let guest = try #require(try attempt.result().get().first)
        #expect(guest.planes.name == " ]0;" + String(repeating: "n", count: 196))
        guest.planes.close()
    }

    @Test("a listener whose queue is full is tried again until there is room")
    func queue() throws {
        let attempt = try Attempt(silentAt: .queue, patience: nil)
        _ = try attempt.gauge.turn(attempt.loop, atMost: 0.05) { false }
        #expect(attempt.results.isEmpty)
        try attempt.machine.recover()
        #expect(try attempt.message() == "opened")
    }

    @Test(
        "a peer on the opener's own loop is opened, with a bus and without, with one console and with many",
        arguments: [false, true])
    func open(hasBus: Bool) throws {
        for (consoles, wanted, names) in [
            ([0], .all, ["scripted"]), ([0, 1, 2], .all, ["scripted (screen 0)", "scripted (screen 1)", "scripted (screen 2)"]),
            ([0, 1], .addressed, ["scripted (screen 0)"]),
        ] as [([UInt32], QEMUOpening.Consoles, [String])] {
            let attempt = try Attempt(silentAt: nil, hasBus: hasBus, consoles: consoles, wanted, patience: nil)
            let guests = try attempt.result().get()
            #expect(guests.map(\.planes.name) == names)
            // First pictures are there, and the clipboard is the VM's.
            for guest in guests {
                guard case .showing = try guest.planes.query(.primary) else {
                    Issue.record("no picture")
                    continue
                }
                #expect(guest.clipboard != nil && guest.clipboard === guests[0].clipboard)
                #expect(guest.input === guest.planes && guest.modes === guest.planes)
            }
            #expect(attempt.gauge.longestSleep < TurnGauge.frame)
            // The guests outlive their opening.
            attempt.opening = nil
            _ = try attempt.gauge.turn(attempt.loop, atMost: 0.05) { false }
            #expect(attempt.machine.isKept)
            for guest in guests { guest.planes.close() }
        }
    }

    @Test("a VM without consoles, and a console that isn't there, are told")
    func consoles() throws {
        #expect(
            try Attempt(silentAt: nil, consoles: []).message().hasSuffix(": scripted doesn't tell its consoles: restart it"))
        let attempt = try Attempt(silentAt: nil, consoles: [1, 2], .addressed)
        #expect(try attempt.message().hasSuffix(": scripted has no console 0: use ?console=1 or 2"))
    }
}
