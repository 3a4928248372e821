// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Measurement

/// The frames of a made-up run on a screen of 60 Hz.
struct MadeUpRun {
    static let start: UInt64 = 1_000_000_000_000
    var frames: [FrameRecord]
    var nanoseconds: UInt64

    init(frames: [FrameRecord], seconds: UInt64 = 0) {
        self.frames = frames
        nanoseconds = seconds * 1_000_000_000
    }

    init(
        seconds: UInt64, from begin: UInt64 = 0, hertz: UInt64 = 60, every: UInt64 = 1,
        flags: FrameRecord.Flags = [.verticalSync, .hardwareClock, .zeroCopy]
    ) {
        let interval = 1_000_000_000 / hertz
        frames = stride(from: begin * hertz, to: (begin + seconds) * hertz, by: Int(every)).map { number in
            var frame = FrameRecord()
            frame.generation = number + 1
            frame.committedAt = Self.start + number * interval + 1_000_000 + number % 7 * 500_000
            frame.changedAt = frame.committedAt - 500_000
            frame.queriedAt = frame.committedAt - 80_000
            frame.presentedAt = Self.start + (number + 1) * interval
            frame.releasedAt = frame.presentedAt + interval
            frame.sequence = number + 1
            frame.refreshInterval = UInt32(interval)
            frame.fate = .presented
            frame.flags = flags
            return frame
        }
        nanoseconds = (begin + seconds) * 1_000_000_000
    }

    /// Ten minutes at 240 Hz, with one frame in the middle that the guest had changed three seconds before.
    static let long: MadeUpRun = {
        var run = MadeUpRun(seconds: 600, hertz: 240)
        run.frames[72_000].changedAt = run.frames[72_000].presentedAt - 3_000_000_000
        return run
    }()

    var report: Report {
        var figures = RunFigures(), timeline = Timeline(from: Self.start)
        figures.learn(from: frames)
        figures.add(frames)
        figures.duration = nanoseconds
        timeline.add(frames)
        return Report(
            facts: [
                ("machine", [("kernel", .string("6.12")), ("formats", .array([.string("XR24"), .string("AR24")]))]),
                ("options", [("scale", .number(1.5)), ("nested", .object([("a", .boolean(true)), ("b", .null)]))]),
            ], figures: figures, timeline: timeline, partial: nil)
    }
}
