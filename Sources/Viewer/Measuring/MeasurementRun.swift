// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
package import Measurement
internal import Glibc

/// One measurement of a session, which shows its source as always and has each frame recorded.
///
/// ```
///            first frame        warm-up over         time over           reports are here
///  waiting ──────────────► warming ──────────► measuring ─────────► settling ──────────► over
///                                                  │                                       ▲
///                                                  └────── `finish`: the session ended ────┘
/// ```
/// Once a second, between frames, it takes the records and adds them up. What is measured is cut into blocks of a second each; where ways
/// to show the guest are compared, into blocks of these ways in turn, as ``BlockSchedule`` decides.
package final class MeasurementRun {
    package struct Options {
        /// How long frames are shown before they count, in nanoseconds.
        package var warmup: UInt64 = 2_000_000_000
        /// How long they count, in nanoseconds; with `endsWhenStable` at most.
        package var duration: UInt64 = 10_000_000_000
        /// Whether to end as soon as measuring for longer would change little.
        package var endsWhenStable = false
        /// How long the first frame is awaited, in nanoseconds; nil for ever.
        package var firstFramePatience: UInt64? = 30_000_000_000
        /// Other processes whose cost is measured: the compositor, the VMM.
        package var processes: [Int32] = []
        /// The ways to compare, or none. Frames count for as long as `duration` has rounds of them.
        package var compared: [ComparedWay] = []

        package init() {}
    }

    /// How far it is, for whoever waits for it.
    package struct Progress {
        /// Whether there was any frame.
        package let hasBegun: Bool
        /// Seconds that were measured; nil before that.
        package let elapsed: Double?
        package let figures: RunFigures
    }

    private enum Phase {
        case waiting
        /// Until this time of CLOCK_MONOTONIC in nanoseconds.
        case warming(until: UInt64)
        case measuring
        case settling(until: UInt64)
        case over
    }

    /// The time that counts, in which all of the frames were committed, and what was seen in it.
    private struct Measured {
        var range: Range<UInt64>
        /// What a real screen shows and what a virtual output shows are never in one plot.
        var real: Timeline
        var virtual: Timeline
        var stability: Stability
        var rows: FramesCSV
        var blocks = BlockSeries()
        /// When the next block begins, where no ways are compared.
        var nextBlock: UInt64
        /// nil where no ways are compared.
        var schedule: BlockSchedule?

        init(_ range: Range<UInt64>, _ schedule: BlockSchedule?) {
            self.range = range
            self.schedule = schedule
            nextBlock = range.lowerBound
            real = Timeline(from: range.lowerBound)
            virtual = real
            stability = Stability(from: range.lowerBound)
            rows = FramesCSV(from: range.lowerBound)
        }
    }

    private let recorder: FrameRecorder
    private let options: Options
    /// Where a row for each frame goes, if anywhere.
    package var frames: FrameFile?
    /// Where the events of each frame go, if anywhere.
    package var trace: TraceFile?
    /// Sends the guest input while frames count; nil where nobody does.
    package var prober: InputProber?
    /// Why the guest can't be given that input, which ended the run; nil where all is well.
    package private(set) var inputRefusal: String?
    /// Has the session go one of the compared ways.
    package var use: (ComparedWay) -> Void = { _ in }
    private let tell: (Progress) -> Void
    private let onEnd: () -> Void
    private let startedAt = EventLoop.now()
    private var phase = Phase.waiting
    private var timer: TimerSource!
    private var figures = RunFigures()
    /// nil until the measurement begins.
    private var measured: Measured?
    /// The records that were taken last. It is used again each time, so that a frame allocates nothing here.
    private var batch: [FrameRecord] = []
    private var cursors: [CursorCommit] = []
    /// What the viewer and the other processes use, from the measurement's first second to its last.
    private var meters: [Int32: CostMeter] = [:]
    /// When records are taken next.
    private var nextTaking: UInt64

    /// How often records are taken.
    private static let pause: UInt64 = 1_000_000_000
    /// How long a block is, where no ways are compared.
    private static let block: UInt64 = 1_000_000_000
    /// How late a block may be noticed for its processor time to mean anything.
    private static let tolerance: UInt64 = 20_000_000
    /// How long something is awaited that is yet to be heard of a frame.
    private static let patience: UInt64 = 3_000_000_000
    /// How long the last frames' reports are awaited.
    private static let settlingTime: UInt64 = 500_000_000

    /// - Parameters:
    ///   - recorder: the one that the session's windows have.
    ///   - tell: called once a second.
    ///   - onEnd: called once, when everything has been measured; ``finish(because:)`` doesn't call it.
    package init(
        _ options: Options, recorder: FrameRecorder, loop: EventLoop, tell: @escaping (Progress) -> Void,
        onEnd: @escaping () -> Void
    ) {
        self.options = options
        self.recorder = recorder
        self.tell = tell
        self.onEnd = onEnd
        nextTaking = startedAt + Self.pause
        timer = loop.timer { [unowned self] in tick() }
        timer.arm(after: Self.pause)
    }

    /// Whether it gave up waiting for the first frame.
    package var hasSeenNothing: Bool { if case .over = phase { recorder.begunAt == nil } else { false } }

    private func tick() {
        let now = EventLoop.now()
        advance(at: now)
        if case .over = phase { return onEnd() }
        guard refused == nil, inputRefusal == nil else { return onEnd() }
        if now >= nextTaking {
            take(committedBefore: now - min(Self.patience, now))
            if case .measuring = phase { takeCosts() }
            tell(progress(at: now))
            nextTaking = now + Self.pause
        }
        timer.arm(at: nextTick(after: now))
    }

    /// The way that was to be compared and that no frame has gone, which ended the run; nil where all is well.
    package var refused: ComparedWay? { measured?.schedule?.refused }
    /// What was measured, in blocks; complete after ``finish(because:)``.
    package var blocks: BlockSeries { measured?.blocks ?? BlockSeries() }

    private func nextTick(after now: UInt64) -> UInt64 {
        switch phase {
        case .settling(let end), .warming(let end): return min(end, nextTaking)
        case .measuring:
            guard let measured else { return nextTaking }
            let next = measured.schedule?.next(after: now) ?? min(measured.range.upperBound, measured.nextBlock)
            return min(max(next, now), nextTaking)
        case .waiting, .over: return nextTaking
        }
    }

    private func advance(at now: UInt64) {
        if case .waiting = phase {
            if let first = recorder.begunAt {
                phase = .warming(until: first + options.warmup)
                inputRefusal = prober?.refusal
                guard inputRefusal == nil else { return }
            } else if let patience = options.firstFramePatience, now - startedAt >= patience {
                phase = .over
            }
        }
        if case .warming(let end) = phase, now >= end {
            begin(at: end)
            for process in processes { meters[process] = Self.cost(of: process).map(CostMeter.init) }
            phase = .measuring
        }
        if case .measuring = phase, var measured {
            self.measured = nil
            cut(&measured, at: now)
            self.measured = measured
            let isEnough = options.endsWhenStable && measured.stability.isStable || measured.schedule?.isOver == true
            guard now >= measured.range.upperBound || isEnough else { return }
            let awaited = prober?.awaitedUntil ?? now
            end(at: now)
            phase = .settling(until: max(now, awaited) + Self.settlingTime)
        }
        if case .settling(let end) = phase, now >= end {
            take(committedBefore: .max)
            phase = .over
        }
    }

    /// This process and the others that are watched.
    private var processes: [Int32] { [getpid()] + options.processes }

    private static func cost(of process: Int32) -> ProcessCost? { process == getpid() ? .own() : ProcessCost(of: process) }

    private func takeCosts() {
        for process in processes { if let cost = Self.cost(of: process) { meters[process]?.add(cost) } }
    }

    /// Frames that are committed from this time on count.
    private func begin(at start: UInt64) {
        let ways = options.compared
        let measured =
            if ways.isEmpty {
                Measured(start..<start + options.duration, nil)
            } else {
                Measured(
                    start..<UInt64.max,
                    BlockSchedule(ways, rounds: BlockSchedule.rounds(of: ways.count, in: options.duration)))
            }
        frames?.write(measured.rows.header)
        self.measured = measured
        guard let prober else { return }
        figures.probes = InputProbes(from: start)
        prober.start { [unowned self] time in figures.probes?.send(at: time) }
    }

    /// Ends the block whose time is over, and begins the next.
    private func cut(_ measured: inout Measured, at now: UInt64) {
        if let actions = measured.schedule?.advance(at: now, newest: recorder.newest) {
            for action in actions {
                switch action {
                case .use(let way): use(way)
                case .begin(let way): measured.blocks.begin(at: now, way: way, processorTime: ProcessCost.own().processorTime)
                case .end: measured.blocks.end(at: now, processorTime: ProcessCost.own().processorTime)
                }
            }
            return
        }
        while measured.nextBlock <= min(now, measured.range.upperBound) {
            let start = measured.nextBlock, time = now - start <= Self.tolerance ? ProcessCost.own().processorTime : nil
            measured.blocks.end(at: start, processorTime: time)
            if start < measured.range.upperBound { measured.blocks.begin(at: start, processorTime: time) }
            measured.nextBlock = start + Self.block
        }
    }

    /// Frames that are committed from now on don't count.
    private func end(at now: UInt64) {
        prober?.stop()
        takeCosts()
        guard let range = measured?.range else { return }
        measured?.range = range.clamped(to: range.lowerBound..<max(now, range.lowerBound))
    }

    private func progress(at now: UInt64) -> Progress {
        guard let range = measured?.range else {
            return Progress(hasBegun: recorder.begunAt != nil, elapsed: nil, figures: figures)
        }
        var figures = figures
        figures.duration = min(now, range.upperBound) - range.lowerBound
        return Progress(hasBegun: true, elapsed: Double(figures.duration) / 1e9, figures: figures)
    }

    /// Takes the records and counts those that belong to the measurement.
    private func take(committedBefore deadline: UInt64) {
        batch.removeAll(keepingCapacity: true)
        cursors.removeAll(keepingCapacity: true)
        recorder.take(committedBefore: deadline) { batch.append($0) }
        recorder.takeCursors { cursors.append($0) }
        figures.lost = recorder.lost
        figures.probes?.add(batch, committedBefore: min(deadline, EventLoop.now()))
        if deadline == .max { figures.probes?.finish() }
        measured?.blocks.add(batch)
        measured?.blocks.complete(before: deadline)
        figures.learn(from: batch)
        guard let range = measured?.range else { return }
        batch.removeAll { !range.contains($0.committedAt) }
        trace?.add(
            batch, cursors: cursors.filter { range.contains($0.committedAt) }, probes: figures.probes?.takeOutcomes() ?? [])
        guard !batch.isEmpty else { return }
        figures.add(batch)
        measured?.real.add(batch, onRealScreen: true)
        measured?.virtual.add(batch, onRealScreen: false)
        measured?.stability.add(batch)
        if let frames, let rows = measured?.rows.rows(of: batch) { frames.write(rows) }
    }

    /// What each process used, the viewer's first.
    package var costs: [(process: Int32, meter: CostMeter)] { processes.compactMap { id in meters[id].map { (id, $0) } } }

    /// Ends the measurement where it is, and takes what is there. Nothing is counted afterwards.
    ///
    /// - Returns: what was measured, and why it is less than asked for, if it is.
    package func finish(because reason: String) -> (figures: RunFigures, timeline: Timeline, partial: String?) {
        let now = EventLoop.now()
        let isComplete: Bool
        switch phase {
        case .waiting, .warming, .measuring:
            isComplete = false
            end(at: now)
            take(committedBefore: .max)
        case .settling:
            isComplete = true
            take(committedBefore: .max)
        case .over: isComplete = measured != nil
        }
        let partial = measured == nil ? "\(reason) before the measurement began" : isComplete ? nil : reason
        phase = .over
        timer.disarm()
        measured?.blocks.finish()
        figures.duration = measured.map { $0.range.upperBound - $0.range.lowerBound } ?? 0
        figures.cost = meters[getpid()]?.used ?? ProcessCost()
        let timeline = figures.isVirtual ? measured?.virtual : measured?.real
        return (figures, timeline ?? Timeline(from: now), partial)
    }
}
