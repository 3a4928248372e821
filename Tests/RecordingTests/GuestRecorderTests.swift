// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Glibc
import PlaneImage
import Planes
import TestSupport
import Testing

@testable import Recording
import Viewer

@Suite("The recorder")
struct GuestRecorderTests {
    private let world: RecordingWorld
    private let source = ScriptedSource()

    init() throws { world = try RecordingWorld() }

    /// Records these steps of the scripted source, with a look after each. Returns what was recorded, without times.
    private func record(
        hasPixels: Bool = false, _ steps: [() -> Void], expecting outcome: GuestRecorder.Outcome = .recorded
    ) throws -> [RecordedEvent.Content] {
        let writer = try world.writer(hasPixels: hasPixels)
        let recorder = GuestRecorder(of: source, to: writer, hasPixels: hasPixels, startedAt: EventLoop.now())
        for step in steps {
            step()
            #expect(try recorder.look() == outcome)
        }
        try writer.finish(.asked, at: recorder.time)
        let (events, fault) = try world.events()
        #expect(fault == nil)
        return events.dropLast().map(\.content)
    }

    @Test("says at first what is off, and then only what is new")
    func news() throws {
        let memory = ScriptedSource.Memory(width: 30, height: 20), cursor = ScriptedSource.Memory(width: 8, height: 8)
        let contents = try record([
            {}, {}, { source.show(.primary, memory) }, {},
            { source.show(.cursor, cursor, at: PixelPoint(x: 1, y: 2), hotSpot: PixelPoint(x: 3, y: 3)) },
            { source.move(.cursor, cursor, to: PixelPoint(x: 2, y: 2)) }, {}, { source.turnOff(.cursor) }, {},
            { source.show(.primary, memory, damage: .rectangle(PixelRectangle(x: 1, y: 1, width: 2, height: 2))) },
        ])
        let layout = memory.identity.layout
        #expect(
            contents.map(\.withoutTime) == [
                .off(.primary), .off(.cursor), .buffer(.primary, described(0, layout)), .picture(.primary, shown(0, 1)),
                .buffer(.cursor, described(0, cursor.identity.layout)),
                .picture(.cursor, shown(0, 1, at: PixelPoint(x: 1, y: 2), hotSpot: PixelPoint(x: 3, y: 3))),
                .moved(.cursor, PixelPoint(x: 2, y: 2)), .off(.cursor),
                .picture(.primary, shown(0, 2, .rectangle(PixelRectangle(x: 1, y: 1, width: 2, height: 2)))),
            ])
        // The source hears of each picture what a window would say, and nothing is kept from it.
        #expect(source.committed.map(\.generation.rawValue) == [1, 1, 2] && source.released.count == 3)
        #expect(source.holds.isEmpty && memory.descriptorsGivenAway == 0)
    }

    @Test("asks again for a picture that has gone, and doesn't record one that can't be had")
    func unavailable() throws {
        let memory = ScriptedSource.Memory(width: 30, height: 20)
        source.staleAnswers = 2
        source.show(.primary, memory)
        #expect(try record([{}]).count == 3)
        source.queryErrors[.primary] = .temporary(errno: 12)
        #expect(try record([{}], expecting: .again).map(\.withoutTime) == [.off(.cursor)])
        source.queryErrors[.primary] = .invalid(.emptySize(width: 0, height: 0))
        #expect(try record([{}]).map(\.withoutTime) == [.off(.primary), .off(.cursor)])
        source.queryErrors = [:]
        source.failingHolds = 9
        #expect(try record([{}], expecting: .again).map(\.withoutTime) == [.off(.cursor)])
    }

    @Test("gives a buffer's number away when it has none left, and never that of the picture on show")
    func numbers() throws {
        let memories = (0..<40).map { _ in ScriptedSource.Memory(width: 30, height: 20) }
        let order = Array(memories) + [memories[39], memories[0]]
        let contents = try record(order.map { memory in { source.show(.primary, memory) } })
        var described: [Int] = [], shownIn: [Int] = []
        for content in contents {
            if case .buffer(_, let buffer) = content { described.append(buffer.number) }
            if case .picture(_, let picture) = content { shownIn.append(picture.buffer) }
        }
        #expect(described == Array(0..<32) + Array(0..<8) + [8])
        #expect(shownIn == Array(0..<32) + Array(0..<8) + [7, 8])
    }

    @Test("numbers generations upwards, whatever the source does")
    func generations() throws {
        let first = ScriptedSource.Memory(width: 30, height: 20), second = ScriptedSource.Memory(width: 30, height: 20)
        let contents = try record([
            { source.show(.primary, second) }, { source.show(.primary, first) },
            // The same generation in other memory.
            { source.move(.primary, second, to: .zero) },
        ])
        let generations = contents.compactMap {
            if case .picture(_, let picture) = $0 { picture.generation.rawValue } else { nil }
        }
        #expect(generations == [1, 2, 3])
    }

    @Test(
        "looks again at a source that doesn't tell of its changes, and at a plane that wasn't available",
        arguments: [true, false])
    func unannounced(isPolled: Bool) throws {
        let source = isPolled ? PolledScriptedSource() : ScriptedSource()
        let memory = ScriptedSource.Memory(width: 30, height: 20), loop = world.loop
        let run = try RecordingRun(
            of: source, RecordingRun.Options(path: world.path), overwrites: false, loop: loop, tell: { _ in })
        if !isPolled { source.queryErrors[.primary] = .temporary(errno: ENOMEM) }
        var shown = 0
        var timer: TimerSource!
        timer = loop.timer {
            source.queryErrors = [:]
            if source.committed.count == shown {
                // A source that isn't polled has told of nothing: one look after the failure is all.
                guard shown < (isPolled ? 3 : 1) else { return loop.stop() }
                source.show(.primary, memory)
                shown += 1
            }
            timer.arm(after: 2_000_000)
        }
        timer.arm(after: 2_000_000)
        let end = try run.run(), wasAsked = if case .asked = end { true } else { false }
        #expect(wasAsked)
        let (events, fault) = try world.events()
        #expect(fault == nil && events.count { if case .picture = $0.content { true } else { false } } == shown)
        #expect(run.progress.pictures == UInt64(shown) && source.delegate == nil)
    }

    @Test("leaves out pixels that can't be read, and says so")
    func unreadable() throws {
        source.isUnreadable = true
        source.show(.primary, ScriptedSource.Memory(width: 30, height: 20))
        let writer = try world.writer(hasPixels: true)
        let recorder = GuestRecorder(of: source, to: writer, hasPixels: true, startedAt: EventLoop.now())
        #expect(try recorder.look() == .recorded)
        #expect(recorder.pixelProblem?.contains("can't be mapped") == true)
        #expect(recorder.pictures == 1)
    }

    @Test("splits large pictures into records of bounded size, which make the picture again")
    func bands() throws {
        let memory = ScriptedSource.Memory(width: 1000, height: 600, offset: 400, stride: 4096) { x, y in y << 16 | x }
        let contents = try record(hasPixels: true, [{ source.show(.primary, memory) }])
        let bands = contents.compactMap { if case .pixels(_, let pixels) = $0 { pixels } else { nil } }
        #expect(bands.count == 3 && bands.allSatisfy { $0.bytes.count + 20 <= RecordingFormat.longestPayload })
        let replay = try world.replay()
        while try replay.step() {}
        #expect(try replay.picture() == source.picture())
    }
}

extension RecordedEvent.Content {
    /// The same with a time of change of 0.
    fileprivate var withoutTime: RecordedEvent.Content {
        guard case .picture(let kind, let picture) = self else { return self }
        return .picture(
            kind,
            RecordedPicture(
                buffer: picture.buffer, generation: picture.generation, changedAt: 0, position: picture.position,
                hotSpot: picture.hotSpot, damage: picture.damage, isFlipped: picture.isFlipped))
    }
}
