// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Logging
internal import Measurement
internal import Planes
internal import Surfaces
internal import System

/// What a view counts and logs about the guests that it has shown.
struct ViewLedger {
    var statistics = Statistics()
    /// The name of the guest that is or was there.
    var guestName = "the guest"
    private let log: Logger
    /// The path last told in the log.
    private var toldPath = Statistics.Path.none
    /// The number of bytes that the sources before this one have copied.
    private var earlierBytesCopied: UInt64 = 0
    /// The part of this source's count that is in the statistics.
    private var countedStale: UInt64 = 0
    private var faultLimit = RateLimit(perSecond: 1)

    init(log: Logger) { self.log = log }

    /// Counts the generations that the guest has made since the last commit: all but the newest are superseded.
    mutating func count(_ generation: Generation, since last: Generation?) {
        let last = last ?? Generation(generation.rawValue &- 1)
        let made = generation.rawValue > last.rawValue ? generation.rawValue - last.rawValue : 1
        statistics.frames.changed += made
        statistics.frames.superseded += made - 1
    }

    /// Counts a picture that goes out, and logs its path if it is another one.
    mutating func countCommit(changedAt: UInt64, at now: UInt64) {
        statistics.changeToCommit.record(nanoseconds: now &- changedAt)
        statistics.frames.committed += 1
        guard statistics.path != toldPath else { return }
        toldPath = statistics.path
        log.info("\(guestName): path \(toldPath.rawValue), memory \(statistics.memory): \(statistics.pathReason)")
    }

    mutating func record(_ report: PresentationTracker.Report) {
        switch report {
        case .presented(let frame):
            statistics.frames.presented += 1
            if frame.isZeroCopy { statistics.frames.zeroCopy += 1 }
            statistics.commitToPresent.record(nanoseconds: frame.commitToPresent)
            statistics.changeToPresent.record(nanoseconds: frame.changeToPresent)
        case .discarded: statistics.frames.discarded += 1
        }
    }

    /// Brings in what the source counts itself; its own count goes on from there.
    mutating func bringIn(_ counts: SourceCounts, copied: UInt64) {
        statistics.bytesCopied = earlierBytesCopied + counts.bytesCopied + copied
        statistics.frames.stale += counts.staleAnswers - countedStale
        countedStale = counts.staleAnswers
    }

    /// Closes the account of a source that is shown no more.
    mutating func close(_ counts: SourceCounts) {
        earlierBytesCopied += counts.bytesCopied
        countedStale = 0
        toldPath = .none
    }

    /// Notes that the guest's picture can't be shown.
    mutating func pictureFailed(_ error: ImportError) {
        statistics.path = .none
        statistics.pathReason = "\(error)"
        toldPath = .none
    }

    /// Logs one line a second at most: a guest must not be able to fill a disk with its mistakes.
    mutating func complain(_ message: String) {
        guard let held = faultLimit.pass(at: EventLoop.now()) else { return }
        log.warning("\(guestName): \(message)\(held > 0 ? " (and \(held) more like it)" : "")")
    }

    func note(_ message: String) { log.info("\(guestName): \(message)") }
}
