// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Frames as trace events, which Perfetto and Chrome open (the Trace Event Format's JSON object form). `docs/measuring.md` says what the
/// tracks mean. Times are CLOCK_MONOTONIC's, from the beginning of the trace.
///
/// A value that remembers no more than the buffers that have tracks and the frame on screen.
public struct TraceEvents {
    /// What a trace ends with. A file that has it after every part is a whole trace at any time.
    public static let end = "\n]}\n"
    /// How many buffers have tracks of their own; others share one.
    static let mostBuffers = 64

    private enum Track {
        static let guest = 1, plane = 2, cursor = 3, input = 4, screen = 5, otherBuffers = 6, firstBuffer = 7
    }

    private struct Buffer: Equatable {
        let inode: UInt64
        let offset: UInt32
    }

    private let source: String
    private let version: String
    /// CLOCK_MONOTONIC in nanoseconds. Perfetto reads a time as a double of microseconds, which loses nanoseconds after 101 days: of a
    /// machine that has run for longer, spans that follow each other would overlap.
    private let start: UInt64
    private var buffers: [Buffer] = []
    private var probes = 0
    private var hasOtherBuffers = false
    /// The last frame that was presented.
    private var onScreen: FrameRecord?

    /// - Parameter start: when the trace begins, in nanoseconds of CLOCK_MONOTONIC. What was before it stands at its beginning.
    public init(source: String, version: String, start: UInt64) {
        self.source = source
        self.version = version
        self.start = start
    }

    /// The beginning of a trace, up to the first event.
    public var beginning: String {
        let name = JSON.string("oriel measure \(source)").text
        let tracks = [
            (Track.guest, "guest"), (Track.plane, "primary plane"), (Track.cursor, "cursor plane"), (Track.input, "input"),
            (Track.screen, "screen"),
        ]
        let names = tracks.map { Self.name(of: $0, $1) }.joined()
        let version = JSON.string("oriel \(version)").text
        return """
            {"displayTimeUnit":"ms","metadata":{"version":\(version),"clock":"CLOCK_MONOTONIC","startNanoseconds":\(start)},"traceEvents":[
            {"ph":"M","pid":1,"name":"process_name","args":{"name":\(name)}}\(names)
            """
    }

    /// The events of these frames, which come in the order of their commits, and of what happened beside them.
    public mutating func events(
        of frames: [FrameRecord], cursors: [CursorCommit] = [], probes: [InputProbes.Outcome] = []
    ) -> String {
        var text = ""
        text.reserveCapacity(frames.count * 700)
        for cursor in cursors { add(cursor, to: &text) }
        for probe in probes { add(probe, to: &text) }
        for frame in frames {
            addGuest(frame, to: &text)
            addPlane(frame, to: &text)
            addBuffer(frame, to: &text)
            addScreen(frame, to: &text)
        }
        return text
    }

    /// The events that are due at the end of the run.
    public mutating func rest() -> String {
        var text = ""
        leaveScreen(at: nil, to: &text)
        return text
    }

    /// An event that says why no more follow.
    public func stopped(_ why: String, at time: UInt64) -> String {
        instant(JSON.string(why).text, Track.plane, at: time, "")
    }

    private func add(_ cursor: CursorCommit, to text: inout String) {
        let name =
            switch cursor.change {
            case .shape: "\"commit\""
            case .place: "\"move\""
            case .hidden: "\"hide\""
            }
        text += instant(name, Track.cursor, at: cursor.committedAt, "\"generation\":\(cursor.generation)")
    }

    private mutating func add(_ probe: InputProbes.Outcome, to text: inout String) {
        guard let changedAt = probe.changedAt, changedAt >= probe.sentAt else {
            text += instant("\"unanswered\"", Track.input, at: probe.sentAt, "")
            return
        }
        text += span("\"input to change\"", Track.input, from: probe.sentAt, to: changedAt, "")
        guard let presentedAt = probe.presentedAt, presentedAt >= changedAt else { return }
        // The next answer may come before this picture is presented, and spans of a track must not overlap but in each other.
        probes += 1
        let facts = "\"cat\":\"probe\",\"id\":\(probes),\"pid\":1,\"tid\":\(Track.input),\"name\":\"change to screen\""
        text +=
            ",\n{\"ph\":\"b\",\(facts),\"ts\":\(microseconds(changedAt))},\n{\"ph\":\"e\",\(facts),\"ts\":\(microseconds(presentedAt))}"
    }

    private func addGuest(_ frame: FrameRecord, to text: inout String) {
        guard frame.changedAt > 0 else { return }
        text += instant("\"changed\"", Track.guest, at: frame.changedAt, Self.generation(frame))
    }

    private func addPlane(_ frame: FrameRecord, to text: inout String) {
        let obstacles = frame.obstacles.names.map { JSON.string($0).text }.joined(separator: ",")
        let facts =
            Self.generation(frame)
            + ",\"passedOver\":\(frame.passedOver),\"rung\":\"\(frame.path.rawValue)\",\"damagedPixels\":\(frame.damagedPixels),"
            + "\"obstacles\":[\(obstacles)]"
        let begin = frame.queriedAt > 0 ? min(frame.queriedAt, frame.committedAt) : frame.committedAt
        text += span(
            frame.isImport ? "\"query and import\"" : "\"query\"", Track.plane, from: begin, to: frame.committedAt, facts)
        text += instant("\"commit\"", Track.plane, at: frame.committedAt, Self.generation(frame))
        guard frame.answeredAt > frame.committedAt else { return }
        text += span(
            "\"flush\"", Track.plane, from: frame.committedAt, to: frame.answeredAt, Self.generation(frame))
    }

    /// How long the compositor had the buffer. A guest that draws in place has it committed again before that: then there is only the
    /// commit.
    private mutating func addBuffer(_ frame: FrameRecord, to text: inout String) {
        let track = track(of: Buffer(inode: frame.bufferInode, offset: frame.bufferOffset), &text)
        guard frame.releasedAt >= frame.committedAt, track != Track.otherBuffers else {
            text += instant("\"committed\"", track, at: frame.committedAt, Self.generation(frame))
            if frame.releasedAt >= frame.committedAt {
                text += instant("\"release\"", track, at: frame.releasedAt, Self.generation(frame))
            }
            return
        }
        text += span("\"held\"", track, from: frame.committedAt, to: frame.releasedAt, Self.generation(frame))
        text += instant("\"release\"", track, at: frame.releasedAt, Self.generation(frame))
    }

    private mutating func addScreen(_ frame: FrameRecord, to text: inout String) {
        switch frame.fate {
        case .unreported: break
        case .superseded, .discarded:
            text += instant(
                "\"\(frame.presentMode.rawValue)\"", Track.screen, at: frame.committedAt, Self.generation(frame))
        case .presented:
            text += instant("\"presented\"", Track.screen, at: frame.presentedAt, Self.generation(frame))
            leaveScreen(at: frame.presentedAt, to: &text)
            onScreen = frame
        }
    }

    /// Ends the time of the last frame on screen: at the next one, or at the end of the run after one refresh.
    private mutating func leaveScreen(at time: UInt64?, to text: inout String) {
        guard let frame = onScreen else { return }
        let end = time ?? frame.presentedAt + UInt64(frame.refreshInterval)
        let facts =
            Self.generation(frame)
            + ",\"refreshNanoseconds\":\(frame.refreshInterval),\"sequence\":\(frame.sequence),\"clockErrorNanoseconds\":\(frame.clockError)"
        text += span(
            "\"\(frame.presentMode.rawValue)\"", Track.screen, from: frame.presentedAt, to: max(end, frame.presentedAt), facts)
    }

    private mutating func track(of buffer: Buffer, _ text: inout String) -> Int {
        if let index = buffers.lastIndex(of: buffer) { return Track.firstBuffer + index }
        guard buffers.count < Self.mostBuffers else {
            if !hasOtherBuffers { text += Self.name(of: Track.otherBuffers, "further buffers") }
            hasOtherBuffers = true
            return Track.otherBuffers
        }
        buffers.append(buffer)
        let track = Track.firstBuffer + buffers.count - 1
        text += Self.name(of: track, "buffer \(buffers.count)")
        return track
    }

    // MARK: JSON. Names are JSON already.

    private static func generation(_ frame: FrameRecord) -> String { "\"generation\":\(frame.generation)" }

    private static func name(of track: Int, _ name: String) -> String {
        ",\n{\"ph\":\"M\",\"pid\":1,\"tid\":\(track),\"name\":\"thread_name\",\"args\":{\"name\":\"\(name)\"}},\n"
            + "{\"ph\":\"M\",\"pid\":1,\"tid\":\(track),\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":\(track)}}"
    }

    private func span(_ name: String, _ track: Int, from begin: UInt64, to end: UInt64, _ facts: String) -> String {
        ",\n{\"ph\":\"X\",\"pid\":1,\"tid\":\(track),\"ts\":\(microseconds(begin)),\"dur\":\(Self.microseconds(max(end, start) - max(begin, start))),"
            + "\"name\":\(name),\"args\":{\(facts)}}"
    }

    private func instant(_ name: String, _ track: Int, at time: UInt64, _ facts: String) -> String {
        ",\n{\"ph\":\"i\",\"s\":\"t\",\"pid\":1,\"tid\":\(track),\"ts\":\(microseconds(time)),\"name\":\(name),\"args\":{\(facts)}}"
    }

    /// A time in the format's unit, from the beginning of the trace.
    private func microseconds(_ time: UInt64) -> String { Self.microseconds(max(time, start) - start) }

    /// The format's unit, with all digits of the nanoseconds.
    private static func microseconds(_ nanoseconds: UInt64) -> String {
        let fraction = String(nanoseconds % 1000)
        return "\(nanoseconds / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)"
    }
}
