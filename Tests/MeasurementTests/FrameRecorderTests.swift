// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Measurement
import Testing

@Suite("The recorder of frames")
struct FrameRecorderTests {
    private func frame(_ number: UInt64) -> FrameRecord {
        var frame = FrameRecord()
        frame.generation = number
        frame.committedAt = number * 10
        return frame
    }

    private func taken(_ recorder: FrameRecorder, before deadline: UInt64 = .max) -> [FrameRecord] {
        var frames: [FrameRecord] = []
        recorder.take(committedBefore: deadline) { frames.append($0) }
        return frames
    }

    @Test("what is heard of a frame finds its record, in any order")
    func later() {
        let recorder = FrameRecorder(capacity: 8)
        #expect(recorder.begunAt == nil)
        let numbers = (1...3).map { recorder.begin(frame($0)) }
        #expect(recorder.begunAt == 10)
        recorder.released(numbers[1], at: 99)
        recorder.presented(
            numbers[1], at: 77, error: 5, refreshInterval: 16, sequence: 1234, flags: [.verticalSync, .zeroCopy])
        recorder.discarded(numbers[0])
        recorder.discarded(numbers[2])
        let frames = taken(recorder)
        // The first one had a newer commit behind it, the last had none.
        #expect(frames.map(\.presentMode) == [.superseded, .scannedOut, .discarded])
        #expect(frames.map(\.generation) == [1, 2, 3])
        let shown = frames[1]
        #expect(shown.presentedAt == 77 && shown.releasedAt == 99 && shown.clockError == 5 && shown.sequence == 1234)
        #expect(shown.refreshInterval == 16 && shown.isOnRealScreen)
        #expect(taken(recorder).isEmpty)
    }

    @Test(
        "the newest ones can be looked at, taken or not, as far as they are in memory; nothing is heard of what wasn't recorded")
    func recent() {
        let recorder = FrameRecorder(capacity: 4)
        #expect(recorder.recent(since: 0).isEmpty)
        recorder.discarded(0)
        for number in 1...3 { _ = recorder.begin(frame(UInt64(number))) }
        recorder.discarded(0)
        #expect(taken(recorder).map(\.fate) == [.unreported, .unreported, .unreported])
        #expect(recorder.recent(since: 20).map(\.generation) == [2, 3])
        for number in 4...6 { _ = recorder.begin(frame(UInt64(number))) }
        #expect(recorder.recent(since: 0).map(\.generation) == [3, 4, 5, 6])
    }

    @Test("the cursor's commits are taken once; of too many the newest are lost")
    func cursors() {
        let recorder = FrameRecorder(capacity: 4)
        func taken() -> [UInt64] {
            var times: [UInt64] = []
            recorder.takeCursors { times.append($0.committedAt) }
            return times
        }
        for time in 1...6 as ClosedRange<UInt64> { recorder.add(CursorCommit(.place, generation: 1, committedAt: time)) }
        #expect(taken() == [1, 2, 3, 4] && taken() == [])
        recorder.add(CursorCommit(.hidden, generation: 0, committedAt: 7))
        #expect(taken() == [7])
    }

    @Test("an answer is the last commit's, once")
    func answers() {
        let recorder = FrameRecorder(capacity: 4)
        recorder.answered(at: 5)
        _ = recorder.begin(frame(1))
        recorder.answered(at: 15)
        // A commit without a new picture.
        recorder.answered(at: 17)
        _ = recorder.begin(frame(2))
        recorder.answered(at: 25)
        #expect(taken(recorder).map(\.answeredAt) == [15, 25])
        recorder.answered(at: 30)
        _ = recorder.begin(frame(3))
        #expect(taken(recorder).map(\.answeredAt) == [0])
    }

    @Test("a frame is taken when all is known of it, or when it is old enough; none overtakes another")
    func order() {
        let recorder = FrameRecorder(capacity: 8)
        let numbers = (1...4).map { recorder.begin(frame($0)) }
        for number in numbers.dropFirst() {
            recorder.presented(number, at: 100, error: 0, refreshInterval: 0, sequence: 0, flags: [])
            recorder.released(number, at: 100)
        }
        #expect(taken(recorder, before: 0).isEmpty)
        #expect(taken(recorder, before: 10).isEmpty)
        #expect(taken(recorder, before: 11).map(\.generation) == [1, 2, 3, 4])
        // Reported, but held by the compositor.
        let last = recorder.begin(frame(5))
        recorder.presented(last, at: 100, error: 0, refreshInterval: 0, sequence: 0, flags: [])
        #expect(taken(recorder, before: 50).isEmpty)
        recorder.released(last, at: 100)
        #expect(taken(recorder, before: 50).map(\.presentMode) == [.composed])
    }

    @Test("of frames that nobody takes the oldest are lost and counted, and what is heard of them later changes no other")
    func full() {
        let recorder = FrameRecorder(capacity: 4)
        let numbers = (1...6).map { recorder.begin(frame($0)) }
        #expect(recorder.lost == 2)
        recorder.presented(numbers[0], at: 100, error: 0, refreshInterval: 0, sequence: 0, flags: [])
        recorder.released(numbers[1], at: 100)
        recorder.discarded(numbers[0])
        let frames = taken(recorder)
        #expect(frames.map(\.generation) == [3, 4, 5, 6])
        #expect(frames.allSatisfy { $0.fate == .unreported && $0.releasedAt == 0 && $0.presentedAt == 0 })
        recorder.presented(numbers[5], at: 100, error: 0, refreshInterval: 0, sequence: 0, flags: [])
        let next = recorder.begin(frame(7))
        #expect(next == numbers[5] + 1 && taken(recorder).map(\.fate) == [.unreported])
    }
}

@Suite("A run over time")
struct TimelineTests {
    private func frame(_ committed: UInt64, latency: UInt64) -> FrameRecord {
        var frame = FrameRecord()
        frame.fate = .presented
        (frame.changedAt, frame.committedAt, frame.presentedAt) = (committed, committed, committed + latency)
        return frame
    }

    @Test("keeps its size, and each outlier, however long it gets")
    func bounded() {
        var timeline = Timeline(from: 1000)
        let step: UInt64 = 4_166_667
        // Ten minutes at 240 Hz, with one late frame.
        for number in 0..<144_000 as Range<UInt64> {
            timeline.add([frame(1000 + number * step, latency: number == 77_777 ? 400_000_000 : 5_000_000)])
        }
        #expect(timeline.slices.count <= Timeline.mostSlices && timeline.slices.count > Timeline.mostSlices / 2 - 1)
        #expect(timeline.slices.map(\.changeToPresent.most).max() == 400_000_000)
        let outliers = timeline.slices.indices.filter { timeline.slices[$0].changeToPresent.most > 5_000_000 }
        #expect(outliers.count == 1)
        #expect(77_777 * step / timeline.width == UInt64(outliers[0]))
        #expect(timeline.slices.allSatisfy { $0.changeToPresent.least == 5_000_000 })
        #expect(timeline.slices.reduce(0) { $0 + $1.changeToPresent.count } == 144_000)
        let composed = PresentMode.allCases.firstIndex(of: .composed)!
        #expect(timeline.slices.reduce(0) { $0 + $1.modes[composed] } == 144_000)
        #expect(timeline.slices.reduce(0) { $0 + $1.betweenPresents.count } == 143_998)
    }

    @Test("a time without frames has empty slices, and what came before the start isn't in it")
    func gaps() {
        var timeline = Timeline(from: 1_000_000_000)
        timeline.add([frame(999_999_999, latency: 1), frame(1_000_000_000, latency: 3), frame(1_050_000_000, latency: 5)])
        #expect(timeline.slices.count == 6)
        #expect(timeline.slices.map(\.changeToPresent.count) == [1, 0, 0, 0, 0, 1])
        #expect(timeline.slices[0].changeToPresent.mean == 3 && timeline.slices[1].changeToPresent.mean == 0)
        var dropped = frame(1_060_000_000, latency: 1)
        dropped.fate = .superseded
        timeline.add([dropped])
        #expect(timeline.slices[6].modes[PresentMode.allCases.firstIndex(of: .superseded)!] == 1)
        #expect(timeline.slices[6].changeToPresent.count == 0)
    }
}
