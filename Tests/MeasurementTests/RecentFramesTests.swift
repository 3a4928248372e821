// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Measurement
import Testing

@Suite("What the overlay says of the last second")
struct RecentFramesTests {
    private let second: UInt64 = 1_000_000_000

    private func frames(_ count: Int, _ change: (inout FrameRecord, Int) -> Void = { _, _ in }) -> [FrameRecord] {
        (0..<count).map { number in
            var frame = FrameRecord()
            frame.path = .dmabuf
            frame.committedAt = 10 * second + UInt64(number) * 1_000_000
            frame.presentedAt = frame.committedAt + UInt64(number + 1) * 100_000
            frame.fate = .presented
            frame.flags = [.verticalSync, .zeroCopy]
            change(&frame, number)
            return frame
        }
    }

    /// What is said of the second from the tenth on.
    private func recent(_ records: [FrameRecord], over duration: UInt64 = 1_000_000_000) -> RecentFrames {
        let recorder = FrameRecorder()
        for record in records { _ = recorder.begin(record) }
        return RecentFrames(recorder, over: duration, until: 10 * second + duration)
    }

    @Test("the present mode of all, or of how many")
    func modes() {
        #expect(recent([]).headline == "no new picture")
        #expect(recent(frames(4)).headline == "dmabuf, scanned out")
        #expect(recent(frames(4) { frame, _ in frame.flags.remove(.zeroCopy) }).headline == "dmabuf, composed")
        #expect(
            recent(frames(4) { frame, number in if number == 1 { frame.flags.remove(.zeroCopy) } }).headline
                == "dmabuf, 3 of 4 scanned out")
        #expect(recent(frames(4) { frame, _ in frame.fate = .unreported }).headline == "dmabuf, not reported by the compositor")
    }

    @Test("only frames of this time count, each by when it was committed and when it was presented")
    func time() {
        let old = frames(3) { frame, _ in
            frame.path = .copy
            frame.committedAt = 10 * second - 1
            frame.presentedAt = 10 * second
        }
        let all = recent(old + frames(2))
        #expect(all.committed == 2 && all.presented == 5 && all.path == .dmabuf)
        let gone = recent(frames(3) { frame, _ in (frame.committedAt, frame.presentedAt) = (10 * second - 2, 10 * second - 1) })
        #expect(gone == recent([]))
    }

    @Test("the rate, the 99th of 100 latencies, and whether they mean a screen")
    func pace() {
        #expect(recent(frames(100)).pace == "100.00 Hz, commit to screen p99 9.90 ms")
        #expect(recent(frames(1)).latency == 100_000)
        #expect(recent(frames(2) { frame, _ in frame.flags = [] }).pace.hasSuffix(" (virtual output)"))
        #expect(recent(frames(3) { frame, _ in frame.fate = .unreported }, over: 500_000_000).pace == "6.00 Hz")
    }

    @Test("why, and what to change, unless everybody sees that")
    func reasons() {
        let composed = recent(
            frames(3) { frame, number in
                frame.flags.remove(.zeroCopy)
                frame.obstacles = number < 2 ? [.bars] : [.overlay, .notFullscreen]
            })
        #expect(composed.reason(besides: .overlay) == "the window isn't full screen: use --fullscreen")
        #expect(composed.reason(besides: [.overlay, .notFullscreen]) == nil)
        #expect(recent(frames(3) { frame, _ in frame.obstacles = [.notFullscreen] }).reason(besides: []) == nil)
        #expect(
            recent(frames(3) { frame, _ in frame.flags.remove(.zeroCopy) }).reason(besides: .overlay)
                == "the compositor composes it for a reason that no protocol tells")
    }
}
