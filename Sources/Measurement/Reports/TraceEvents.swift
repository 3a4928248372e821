// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Frames as trace events, which Perfetto and Chrome open (the Trace Event Format's JSON object form). `docs/measuring.md` says what the
/// tracks mean. Times are CLOCK_MONOTONIC's.
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
    private var buffers: [Buffer] = []
    private var hasOtherBuffers = false
    /// The last frame that was presented.
    private var onScreen: FrameRecord?

    public init(source: String, version: String) {
        self.source = source
        self.version = version
    }

    /// The beginning of a trace, up to the first event.
    public var beginning: String {
        let name = JSON.string("oriel measure \(source)").text
        let tracks = [
            (Track.guest, "guest"), (Track.plane, "primary plane"), (Track.cursor, "cursor plane"), (Track.input, "input"),
            (Track.screen, "screen"),
        ]
        let names = tracks.map { Self.name(of: $0, $1) }.joined()
        return """
            {"displayTimeUnit":"ms","otherData":{"version":\(JSON.string("oriel \(version)").text),"clock":"CLOCK_MONOTONIC"},"traceEvents":[
            {"ph":"M","pid":1,"name":"process_name","args":{"name":\(name)}}\(names)
            """
    }

    /// The events of these frames, which come in the order of their commits, and of what happened beside them.
    public mutating func events(
        of frames: [FrameRecord], cursors: [CursorCommit] = [], probes: [InputProbes.Outcome] = []
    ) -> String {
        var text = ""
        text.reserveCapacity(frames.count * 700)
        for cursor in cursors { Self.add(cursor, to: &text) }
        for probe in probes { Self.add(probe, to: &text) }
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
    public static func stopped(_ why: String, at time: UInt64) -> String {
        instant(JSON.string(why).text, Track.plane, at: time, "")
    }

    private static func add(_ cursor: CursorCommit, to text: inout String) {
        let name =
            switch cursor.change {
            case .shape: "\"commit\""
            case .place: "\"move\""
            case .hidden: "\"hide\""
            }
        text += instant(name, Track.cursor, at: cursor.committedAt, "\"generation\":\(cursor.generation)")
    }

    private static func add(_ probe: InputProbes.Outcome, to text: inout String) {
        guard let changedAt = probe.changedAt, changedAt >= probe.sentAt else {
            text += instant("\"unanswered\"", Track.input, at: probe.sentAt, "")
            return
        }
        text += span("\"input to change\"", Track.input, from: probe.sentAt, to: changedAt, "")
        guard let presentedAt = probe.presentedAt, presentedAt >= changedAt else { return }
        text += span("\"change to screen\"", Track.input, from: changedAt, to: presentedAt, "")
    }

    private func addGuest(_ frame: FrameRecord, to text: inout String) {
        guard frame.changedAt > 0 else { return }
        text += Self.instant("\"changed\"", Track.guest, at: frame.changedAt, Self.generation(frame))
    }

    private func addPlane(_ frame: FrameRecord, to text: inout String) {
        let obstacles = frame.obstacles.names.map { JSON.string($0).text }.joined(separator: ",")
        let facts =
            Self.generation(frame)
            + ",\"passedOver\":\(frame.passedOver),\"rung\":\"\(frame.path.rawValue)\",\"damagedPixels\":\(frame.damagedPixels),"
            + "\"obstacles\":[\(obstacles)]"
        let begin = frame.queriedAt > 0 ? min(frame.queriedAt, frame.committedAt) : frame.committedAt
        text += Self.span(
            frame.isImport ? "\"query and import\"" : "\"query\"", Track.plane, from: begin, to: frame.committedAt, facts)
        text += Self.instant("\"commit\"", Track.plane, at: frame.committedAt, Self.generation(frame))
        guard frame.answeredAt > frame.committedAt else { return }
        text += Self.span(
            "\"flush\"", Track.plane, from: frame.committedAt, to: frame.answeredAt, Self.generation(frame))
    }

    /// How long the compositor had the buffer. A guest that draws in place has it committed again before that: then there is only the
    /// commit.
    private mutating func addBuffer(_ frame: FrameRecord, to text: inout String) {
        let track = track(of: Buffer(inode: frame.bufferInode, offset: frame.bufferOffset), &text)
        guard frame.releasedAt >= frame.committedAt, track != Track.otherBuffers else {
            text += Self.instant("\"committed\"", track, at: frame.committedAt, Self.generation(frame))
            if frame.releasedAt >= frame.committedAt {
                text += Self.instant("\"release\"", track, at: frame.releasedAt, Self.generation(frame))
            }
            return
        }
        text += Self.span("\"held\"", track, from: frame.committedAt, to: frame.releasedAt, Self.generation(frame))
        text += Self.instant("\"release\"", track, at: frame.releasedAt, Self.generation(frame))
    }

    private mutating func addScreen(_ frame: FrameRecord, to text: inout String) {
        switch frame.fate {
        case .unreported: break
        case .superseded, .discarded:
            text += Self.instant(
                "\"\(frame.presentMode.rawValue)\"", Track.screen, at: frame.committedAt, Self.generation(frame))
        case .presented:
            text += Self.instant("\"presented\"", Track.screen, at: frame.presentedAt, Self.generation(frame))
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
        text += Self.span(
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

    private static func span(_ name: String, _ track: Int, from start: UInt64, to end: UInt64, _ facts: String) -> String {
        ",\n{\"ph\":\"X\",\"pid\":1,\"tid\":\(track),\"ts\":\(microseconds(start)),\"dur\":\(microseconds(end - start)),"
            + "\"name\":\(name),\"args\":{\(facts)}}"
    }

    private static func instant(_ name: String, _ track: Int, at time: UInt64, _ facts: String) -> String {
        ",\n{\"ph\":\"i\",\"s\":\"t\",\"pid\":1,\"tid\":\(track),\"ts\":\(microseconds(time)),\"name\":\(name),\"args\":{\(facts)}}"
    }

    /// The format's unit, with all digits of the nanoseconds.
    private static func microseconds(_ nanoseconds: UInt64) -> String {
        let fraction = String(nanoseconds % 1000)
        return "\(nanoseconds / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)"
    }
}
