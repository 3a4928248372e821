// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import QMP
import Testing

@testable import Measurement

@Suite("A trace")
struct TraceEventsTests {
    /// An event as a viewer of traces reads it.
    private struct Event: Equatable {
        let name: String
        let track: Int64
        /// Microseconds from the screen's start, and how long it takes; nil for a moment.
        let start: Double
        let duration: Double?
        let generation: Int64?
    }

    private func trace(_ frames: [[FrameRecord]], source: String = "demo:") throws -> JSONValue {
        var events = TraceEvents(source: source, version: "1", start: ScriptedScreen.start)
        var text = events.beginning
        for batch in frames { text += events.events(of: batch) }
        text += events.rest() + TraceEvents.end
        return try #require(JSONValue(parsing: text.utf8), "\(text)")
    }

    private func events(_ trace: JSONValue) throws -> [Event] {
        // Spans of two events that haven't ended.
        var begun: [Int64: Double] = [:]
        return try #require(trace["traceEvents"]?.elements).compactMap { event in
            guard let phase = event["ph"]?.text, phase != "M" else { return nil }
            #expect(event["pid"]?.integer == 1 && ["X", "i", "b", "e"].contains(phase))
            let start = try #require(event["ts"]?.number)
            #expect((phase == "X") == (event["dur"] != nil) && (phase == "i") == (event["s"]?.text == "t"))
            if phase == "b" { begun[try #require(event["id"]?.integer)] = start }
            guard phase != "b" else { return nil }
            let begin = phase == "e" ? try #require(begun.removeValue(forKey: try #require(event["id"]?.integer))) : nil
            let duration = begin.map { start - $0 } ?? event["dur"]?.number
            return Event(
                name: try #require(event["name"]?.text), track: try #require(event["tid"]?.integer),
                start: (begin ?? start).rounded(),
                duration: duration?.rounded(), generation: event["args"]?["generation"]?.integer)
        }
    }

    private func names(_ trace: JSONValue) throws -> [Int64: String] {
        var names: [Int64: String] = [:]
        for event in try #require(trace["traceEvents"]?.elements) where event["name"]?.text == "thread_name" {
            names[try #require(event["tid"]?.integer)] = event["args"]?["name"]?.text
        }
        return names
    }

    @Test("has each frame's events on the tracks of guest, plane, screen and buffer")
    func tracks() throws {
        var screen = ScriptedScreen()
        for frame in 0..<3 { screen.draw(at: UInt64(frame) * ScriptedScreen.refresh + 1_000_000) }
        var frames = screen.frames
        frames[0].isImport = true
        for index in frames.indices { frames[index].bufferInode = UInt64(7 + index % 2) }
        let trace = try trace([[frames[0]], [frames[1], frames[2]]])
        #expect(
            try names(trace) == [
                1: "guest", 2: "primary plane", 3: "cursor plane", 4: "input", 5: "screen", 7: "buffer 1", 8: "buffer 2",
            ])
        let events = try events(trace)
        let first = events.filter { $0.generation == 1 }
        #expect(
            first == [
                Event(name: "changed", track: 1, start: 1000, duration: nil, generation: 1),
                Event(name: "query and import", track: 2, start: 1900, duration: 100, generation: 1),
                Event(name: "commit", track: 2, start: 2000, duration: nil, generation: 1),
                Event(name: "flush", track: 2, start: 2000, duration: 250, generation: 1),
                Event(name: "held", track: 7, start: 2000, duration: 31333, generation: 1),
                Event(name: "release", track: 7, start: 33333, duration: nil, generation: 1),
                Event(name: "presented", track: 5, start: 16667, duration: nil, generation: 1),
                Event(name: "composed", track: 5, start: 16667, duration: 16667, generation: 1),
            ])
        #expect(events.filter { $0.name == "query" }.map(\.generation) == [2, 3])
        #expect(events.filter { $0.name == "held" }.map(\.track) == [7, 8, 7])
        // The last one is on screen for one refresh.
        #expect(events.last == Event(name: "composed", track: 5, start: 50000, duration: 16667, generation: 3))
    }

    @Test("has the cursor's commits, and the probes with what became of them")
    func besideFrames() throws {
        var events = TraceEvents(source: "demo:", version: "1", start: ScriptedScreen.start)
        let start = ScriptedScreen.start
        let cursors = [
            CursorCommit(.shape, generation: 3, committedAt: start + 1000),
            CursorCommit(.place, generation: 3, committedAt: start + 2000),
            CursorCommit(.hidden, generation: 0, committedAt: start + 3000),
        ]
        let probes = [
            InputProbes.Outcome(sentAt: start + 4000, changedAt: start + 9000, presentedAt: start + 29000),
            InputProbes.Outcome(sentAt: start + 10000, changedAt: start + 15000, presentedAt: start + 30000),
            InputProbes.Outcome(sentAt: start + 40000, changedAt: start + 41000, presentedAt: nil),
            InputProbes.Outcome(sentAt: start + 50000, changedAt: nil, presentedAt: nil),
        ]
        let text = events.beginning + events.events(of: [], cursors: cursors, probes: probes) + events.rest() + TraceEvents.end
        let trace = try #require(JSONValue(parsing: text.utf8), "\(text)")
        #expect(
            try self.events(trace) == [
                Event(name: "commit", track: 3, start: 1, duration: nil, generation: 3),
                Event(name: "move", track: 3, start: 2, duration: nil, generation: 3),
                Event(name: "hide", track: 3, start: 3, duration: nil, generation: 0),
                Event(name: "input to change", track: 4, start: 4, duration: 5, generation: nil),
                Event(name: "change to screen", track: 4, start: 9, duration: 20, generation: nil),
                // It overlaps the one before.
                Event(name: "input to change", track: 4, start: 10, duration: 5, generation: nil),
                Event(name: "change to screen", track: 4, start: 15, duration: 15, generation: nil),
                Event(name: "input to change", track: 4, start: 40, duration: 1, generation: nil),
                Event(name: "unanswered", track: 4, start: 50, duration: nil, generation: nil),
            ])
    }

    @Test("says when it begins, and what was before that stands at its beginning")
    func beginning() throws {
        var screen = ScriptedScreen()
        screen.draw(at: 0)
        var frame = screen.frames[0]
        (frame.changedAt, frame.queriedAt) = (ScriptedScreen.start - 9000, ScriptedScreen.start - 5000)
        frame.committedAt = ScriptedScreen.start + 7000
        let trace = try trace([[frame]])
        #expect(trace["metadata"]?["startNanoseconds"]?.integer == Int64(ScriptedScreen.start))
        let events = try events(trace)
        #expect(events[0] == Event(name: "changed", track: 1, start: 0, duration: nil, generation: 1))
        #expect(events[1] == Event(name: "query", track: 2, start: 0, duration: 7, generation: 1))
    }

    @Test("says what wasn't shown, what has no release, and nothing of what isn't known")
    func exceptions() throws {
        var frame = FrameRecord()
        (frame.generation, frame.committedAt) = (4, ScriptedScreen.start + 1000)
        var other = frame
        other.fate = .superseded
        other.obstacles = [.cursor, .notFullscreen]
        let trace = try trace([[frame, other]])
        #expect(try events(trace).map(\.name) == ["query", "commit", "committed", "query", "commit", "committed", "superseded"])
        #expect(try events(trace).allSatisfy { $0.start == 1 && ($0.duration ?? 0) == 0 })
        let queries = try #require(trace["traceEvents"]?.elements).filter { $0["name"]?.text == "query" }
        #expect(queries[1]["args"]?["obstacles"]?.elements?.map(\.text) == ["not-fullscreen", "cursor"])
    }

    @Test("has a bounded number of tracks, and a source's name whatever is in it")
    func bounds() throws {
        var screen = ScriptedScreen()
        for frame in 0..<100 { screen.draw(at: UInt64(frame) * ScriptedScreen.refresh) }
        var frames = screen.frames
        // The same memory at another place is another buffer.
        for index in frames.indices { (frames[index].bufferInode, frames[index].bufferOffset) = (1, UInt32(index)) }
        let trace = try trace([frames], source: "qemu:\"\\\u{1B}\n</script>")
        let names = try names(trace)
        #expect(names.count == 6 + TraceEvents.mostBuffers && names[6] == "further buffers")
        let shared = try events(trace).filter { $0.track == 6 }
        #expect(shared.count == 2 * 36 && shared.allSatisfy { $0.duration == nil })
        let process = try #require(trace["traceEvents"]?.elements?.first)
        #expect(process["args"]?["name"]?.text == "oriel measure qemu:\"\\\u{1B}\n</script>")
        #expect(JSONValue(parsing: (TraceEvents(source: "", version: "", start: 0).beginning + TraceEvents.end).utf8) != nil)
    }
}
