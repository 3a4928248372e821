// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Measurement

/// A screen with a refresh every 1/60 s that takes commits until 5 ms before each, and a guest before it.
struct ScriptedScreen {
    static let refresh: UInt64 = 16_666_667
    static let lead: UInt64 = 5_000_000
    static let start: UInt64 = 1_000_000_000_000

    var flags: FrameRecord.Flags = [.verticalSync, .hardwareClock, .hardwareCompletion]
    var countsRefreshes = true
    private(set) var frames: [FrameRecord] = []

    /// The number of the first refresh that takes a commit of this time.
    private func next(after time: UInt64) -> UInt64 { (time - Self.start + Self.lead + Self.refresh - 1) / Self.refresh }

    /// A frame that the guest draws at a time, in nanoseconds from the start; it is committed 1 ms later.
    ///
    /// - Parameter late: how many refreshes the compositor lets go by.
    mutating func draw(at time: UInt64, late: UInt64 = 0) {
        var frame = FrameRecord()
        frame.generation = UInt64(frames.count + 1)
        frame.changedAt = Self.start + time
        frame.queriedAt = frame.changedAt + 900_000
        frame.committedAt = frame.changedAt + 1_000_000
        frame.answeredAt = frame.committedAt + 250_000
        let number = next(after: frame.committedAt) + late
        frame.presentedAt = Self.start + number * Self.refresh
        frame.releasedAt = frame.presentedAt + Self.refresh
        frame.sequence = countsRefreshes ? 1000 + number : 0
        frame.refreshInterval = UInt32(Self.refresh)
        frame.fate = .presented
        frame.flags = flags
        frame.path = .dmabuf
        frames.append(frame)
    }

    /// The run's figures, with the lead learnt from all frames.
    func figures(seconds: Double = 10) -> RunFigures {
        var figures = RunFigures()
        figures.learn(from: frames)
        figures.add(frames)
        figures.duration = UInt64(seconds * 1e9)
        return figures
    }
}
