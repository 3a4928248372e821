// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Logging
internal import Measurement
internal import Planes
internal import Surfaces
internal import System

/// What a view counts and logs about the guests that it has shown.
final class ViewLedger {
    // No access can overlap another, so the frame path skips the runtime's exclusivity checks.
    @exclusivity(unchecked) var statistics: Statistics
    /// The name of the guest that is or was there.
    var guestName = "the guest"
    private let log: Logger
    /// The path last told in the log.
    private var toldPath = Statistics.Path.none
    /// The number of bytes that the sources before this one have copied.
    private var earlierBytesCopied: UInt64
    /// The bytes that this source had copied before, and that are among the earlier ones.
    private var uncountedBytes: UInt64 = 0
    /// What this source had counted when the statistics last had its counts added.
    private var counted = SourceCounts()
    private var faultLimit = RateLimit(perSecond: 1)
    /// Keeps a record of each frame, while somebody measures.
    @exclusivity(unchecked) var recorder: FrameRecorder?

    /// - Parameter earlier: what is counted on from.
    init(_ earlier: Statistics, recorder: FrameRecorder?, log: Logger) {
        statistics = earlier
        earlierBytesCopied = earlier.bytesCopied
        self.recorder = recorder
        self.log = log
    }

    /// Counts a commit with a new picture of the primary plane, and logs the path that it takes if it is another one.
    ///
    /// - Returns: the frame's number, by which it is reported; 0 where nothing is recorded.
    func countCommit(
        _ info: PlaneInfo, _ buffer: ImportedBuffer, _ step: PlanePresenter.Presentation, _ obstacles: ScanoutObstacles,
        queriedAt: UInt64, at now: UInt64
    ) -> FrameRecorder.Number {
        let passedOver = statistics.countCommit(info, buffer, step, at: now)
        if buffer.path != toldPath { tell(buffer) }
        guard let recorder else { return 0 }
        var record = FrameRecord(info, buffer, step, passedOver: passedOver, queriedAt: queriedAt, committedAt: now)
        record.obstacles = obstacles
        let number = recorder.begin(record)
        buffer.frame = buffer.isPlaneMemory ? number : nil
        return number
    }

    /// Notes a commit of the cursor plane, while somebody measures.
    ///
    /// - Parameter isMapped: whether the cursor is on screen now.
    func noteCursor(_ step: PlanePresenter.Step, _ change: CursorLayer.Change, isMapped: Bool) {
        guard let recorder else { return }
        let now = EventLoop.now()
        switch step {
        case .show(let info, _) where isMapped && change != .blocked:
            recorder.add(CursorCommit(.shape, generation: info.generation.rawValue, committedAt: now))
        case .unchanged(let info) where isMapped && change == .moved:
            recorder.add(CursorCommit(.place, generation: info.generation.rawValue, committedAt: now))
        default: if change == .redrawn { recorder.add(CursorCommit(.hidden, generation: 0, committedAt: now)) }
        }
    }

    private func tell(_ buffer: ImportedBuffer) {
        toldPath = buffer.path
        log.info("\(guestName): path \(buffer.path.rawValue), memory \(buffer.memory.rawValue): \(buffer.reason)")
    }

    func record(_ report: PresentationTracker.Report) {
        switch report {
        case .presented(let frame):
            statistics.record(frame)
            recorder?.presented(
                frame.number, at: frame.at, error: UInt32(clamping: frame.clockError), refreshInterval: frame.refreshInterval,
                sequence: frame.sequence, flags: frame.flags)
        case .discarded(let number):
            statistics.frames.discarded += 1
            recorder?.discarded(number)
        }
    }

    /// The source was told of the last commit.
    func wasAnswered() { recorder?.answered(at: EventLoop.now()) }

    /// The compositor has let go of a buffer of the primary plane.
    func wasReleased(_ buffer: ImportedBuffer) {
        guard let recorder, let frame = buffer.frame else { return }
        recorder.released(frame, at: EventLoop.now())
    }

    /// Adds what the source itself has counted since the last time.
    func add(_ counts: SourceCounts, copied: UInt64) {
        statistics.bytesCopied = earlierBytesCopied + counts.bytesCopied - min(uncountedBytes, counts.bytesCopied) + copied
        // A source that has ended may have forgotten its counts.
        statistics.frames.stale += counts.staleAnswers - min(counted.staleAnswers, counts.staleAnswers)
        statistics.frames.lost += counts.lost - min(counted.lost, counts.lost)
        counted = counts
    }

    /// Opens the account of a source.
    ///
    /// - Parameter counted: what it has counted that is in the statistics already.
    func open(_ counted: SourceCounts) {
        self.counted = counted
        uncountedBytes = counted.bytesCopied
    }

    /// Closes the account of a source that is no longer shown.
    func close(_ counts: SourceCounts) {
        earlierBytesCopied += counts.bytesCopied - min(uncountedBytes, counts.bytesCopied)
        counted = SourceCounts()
        uncountedBytes = 0
        toldPath = .none
    }

    /// Notes that the guest's picture can't be shown.
    func pictureFailed(_ error: ImportError) {
        statistics.path = .none
        statistics.pathReason = "\(error)"
        toldPath = .none
    }

    /// Logs one line a second at most: a guest must not be able to fill a disk with its mistakes.
    func complain(_ message: String) {
        guard let held = faultLimit.pass(at: EventLoop.now()) else { return }
        log.warning("\(guestName): \(message)\(held > 0 ? " (and \(held) more like it)" : "")")
    }

    func note(_ message: String) { log.info("\(guestName): \(message)") }
}

// Each of these changes several members at once: as methods of the value they are one access to the ledger's.
extension Statistics {
    /// Returns how many generations since the last commit were passed over.
    fileprivate mutating func countCommit(
        _ info: PlaneInfo, _ buffer: ImportedBuffer, _ step: PlanePresenter.Presentation, at now: UInt64
    ) -> UInt64 {
        // All generations since the last commit but the newest are superseded.
        let last = step.last?.rawValue ?? info.generation.rawValue &- 1
        let made = info.generation.rawValue > last ? info.generation.rawValue - last : 1
        frames.changed += made
        frames.superseded += made - 1
        frames.committed += 1
        if !step.isFresh { buffers.cacheHits += 1 }
        changeToCommit.record(nanoseconds: now &- info.changedAt)
        let memory = buffer.memory.rawValue
        guard path != buffer.path || pathReason != buffer.reason || self.memory != memory else { return made - 1 }
        path = buffer.path
        pathReason = buffer.reason
        self.memory = memory
        return made - 1
    }

    fileprivate mutating func record(_ frame: PresentationTracker.Presented) {
        frames.presented += 1
        if frame.flags.contains(.zeroCopy) { frames.zeroCopy += 1 }
        commitToPresent.record(nanoseconds: frame.shownAt - frame.committedAt)
        changeToPresent.record(nanoseconds: frame.shownAt &- frame.changedAt)
    }
}

extension FrameRecord {
    /// A commit as it goes out.
    fileprivate init(
        _ info: PlaneInfo, _ buffer: ImportedBuffer, _ step: PlanePresenter.Presentation, passedOver: UInt64, queriedAt: UInt64,
        committedAt: UInt64
    ) {
        self.init()
        generation = info.generation.rawValue
        self.passedOver = passedOver
        changedAt = info.changedAt
        self.queriedAt = queriedAt
        self.committedAt = committedAt
        path = buffer.path
        isImport = step.isFresh
        bufferInode = info.identity.inode
        bufferOffset = info.identity.layout.offsets[0]
        let damage = step.attachment.damage
        damagedPixels = UInt64(clamping: damage.width) * UInt64(clamping: damage.height)
    }
}
