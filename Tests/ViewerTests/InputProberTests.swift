// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import GuestInput
import Measurement
import Planes
import System
import TestSupport
import Testing

@testable import Viewer

@Suite("A prober")
struct InputProberTests {
    /// A guest whose answers are only records of frames.
    private final class Bench {
        let loop: EventLoop
        let sink = ScriptedSink()
        let recorder = FrameRecorder()
        var target: InputProber.Target?
        private(set) var prober: InputProber!
        /// When probes were sent.
        private(set) var sent: [UInt64] = []
        /// All that the sink has been given.
        private(set) var given: [ScriptedSink.Event] = []
        var refresh: UInt32 = 0

        init(_ probe: InputProbe) throws {
            loop = try EventLoop()
            target = (sink, PixelSize(width: 320, height: 200))
            prober = InputProber(probe, recorder: recorder, loop: loop) { [unowned self] in target }
        }

        /// Runs until something is so. Each probe is answered in the turn after the one that sends it, if at all.
        func run(answering: Bool, until condition: () -> Bool) throws -> Bool {
            var answered = sent.count
            return try loop.runUntil {
                given += sink.take()
                if answering, answered < sent.count { answer(changedAt: EventLoop.now()) }
                answered = sent.count
                return condition()
            }
        }

        func answer(changedAt: UInt64) {
            var frame = FrameRecord()
            frame.changedAt = changedAt
            frame.committedAt = max(EventLoop.now(), changedAt)
            frame.refreshInterval = refresh
            _ = recorder.begin(frame)
        }

        func start() { prober.start { [unowned self] in sent.append($0) } }
    }

    private static let stroke = InputProbe.key(try! KeyStroke("ctrl+a"), name: "ctrl+a")
    private static let press = [29, 30].map { ScriptedSink.Event.key(KeyCode(rawValue: $0), isDown: true) }
    private static let release = [30, 29].map { ScriptedSink.Event.key(KeyCode(rawValue: $0), isDown: false) }

    @Test(
        "keys go down and come up again, a random part of the refresh later each time, and never before an answer's rest is over")
    func phases() throws {
        let bench = try Bench(Self.stroke)
        bench.refresh = 80_000_000
        let begin = EventLoop.now()
        bench.start()
        #expect(try bench.run(answering: true) { bench.sent.count == 5 && bench.given.count == 20 })
        #expect(bench.given == Array(repeating: Self.press + Self.release, count: 5).flatMap { $0 })
        var random = SplitMix64(seed: InputProber.seed), parts: [UInt64] = []
        // The refresh isn't known before the first answer.
        for refresh in [16_666_667, 80_000_000, 80_000_000, 80_000_000, 80_000_000] {
            parts.append(UInt64(random.next(below: refresh)))
        }
        for (number, time) in bench.sent.enumerated() {
            let last = number == 0 ? begin : bench.sent[number - 1]
            #expect(time >= last + InputProber.period + parts[number], "\(number)")
        }
        #expect(Set(parts.map { $0 / 10_000_000 }).count > 2, "phases are spread")
        bench.prober.stop()
    }

    @Test("a probe that isn't answered is waited for, alone, as long as an answer may take")
    func patience() throws {
        let bench = try Bench(Self.stroke)
        bench.start()
        #expect(try bench.run(answering: false) { bench.sent.count == 1 })
        // What was changed before isn't an answer.
        bench.answer(changedAt: bench.sent[0] - 1)
        #expect(bench.prober.awaitedUntil == bench.sent[0] + InputProbes.patience)
        #expect(try bench.run(answering: false) { bench.sent.count == 2 })
        #expect(bench.sent[1] >= bench.sent[0] + InputProbes.patience + 2 * InputProbes.settlingTime)
        bench.answer(changedAt: EventLoop.now())
        #expect(bench.prober.awaitedUntil == nil)
        bench.prober.stop()
    }

    @Test("a late answer is followed by a rest before the next probe")
    func late() throws {
        let bench = try Bench(Self.stroke)
        bench.start()
        #expect(try bench.run(answering: false) { bench.sent.count == 1 })
        // The prober doesn't look before that.
        let answered = bench.sent[0] + InputProber.period - 50_000_000
        bench.answer(changedAt: answered)
        #expect(try bench.run(answering: false) { bench.sent.count == 2 })
        #expect(bench.sent[1] >= answered + 2 * InputProbes.settlingTime)
        bench.prober.stop()
    }

    @Test("one that is stopped while its keys are down releases them, once, and sends nothing more")
    func stopped() throws {
        let bench = try Bench(Self.stroke)
        bench.start()
        #expect(try bench.run(answering: false) { !bench.sent.isEmpty })
        let given = bench.given + bench.sink.take()
        bench.prober.stop()
        bench.prober.stop()
        // On a busy machine they may be up already.
        #expect(given + bench.sink.take() == Self.press + Self.release)
        try bench.loop.turn(waitingAtMost: 700_000_000)
        #expect(bench.sink.take().isEmpty && bench.sent.count == 1)
    }

    @Test("the pointer moves to the middle and beside it, or to and fro where the guest takes only motion")
    func motion() throws {
        let bench = try Bench(.motion)
        bench.start()
        #expect(try bench.run(answering: true) { bench.given.count == 3 })
        let screen = PixelSize(width: 320, height: 200)
        #expect(
            bench.given == [152, 160, 152].map { .place(PixelPoint(x: $0, y: 100), screen: screen) })
        bench.sink.abilities.absolutePointer = false
        #expect(try bench.run(answering: true) { bench.given.count == 5 })
        #expect(bench.given.suffix(2) == [.push(x: 8, y: 0), .push(x: -8, y: 0)])
        bench.prober.stop()
    }

    @Test("nothing is sent while no guest is there; a guest that comes back has its own sink")
    func absent() throws {
        let bench = try Bench(Self.stroke)
        bench.target = nil
        bench.start()
        try bench.loop.turn(waitingAtMost: 400_000_000)
        #expect(bench.sent.isEmpty && bench.sink.take().isEmpty)
        bench.target = (bench.sink, PixelSize(width: 320, height: 200))
        #expect(try bench.run(answering: true) { bench.sent.count == 1 })
        bench.prober.stop()
    }

    @Test("a guest without the kind of input is refused; one that isn't there isn't")
    func refusal() throws {
        let bench = try Bench(Self.stroke), pointing = try Bench(.motion)
        #expect(bench.prober.refusal == nil)
        bench.sink.abilities.keyboard = false
        #expect(bench.prober.refusal == "the guest has no keyboard")
        pointing.sink.abilities.keyboard = false
        #expect(pointing.prober.refusal == nil)
        bench.target = (nil, PixelSize(width: 320, height: 200))
        #expect(bench.prober.refusal == "this source takes no input")
        bench.target = nil
        #expect(bench.prober.refusal == nil)
    }
}
