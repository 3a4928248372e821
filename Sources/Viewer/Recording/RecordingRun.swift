// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
internal import Glibc
package import Planes
internal import Recording
internal import System

/// Records what a source's planes do, until somebody stops the loop, the recording is large enough, or the source ends.
package final class RecordingRun: PlaneSourceDelegate {
    package struct Options {
        package let path: String
        package var hasPixels = false
        /// The largest size of the file in bytes.
        package var limit: UInt64 = 64 << 20
        /// Nanoseconds; nil for ever.
        package var duration: UInt64?

        package init(path: String) { self.path = path }
    }

    /// How far it is.
    package struct Progress {
        package let seconds: Double
        package let pictures: UInt64
        package let cursors: UInt64
        /// The recording's size in bytes.
        package let length: UInt64
    }

    package enum End {
        /// The user has ended it, or its duration was over.
        case asked
        case limit
        case source(SourceError)
        /// The file can't be written any more. It keeps what was written before.
        case file(FileError)
    }

    private let source: any PlaneSource
    private let options: Options
    private let loop: EventLoop
    private let writer: RecordingWriter
    private let recorder: GuestRecorder
    private let tell: (Progress) -> Void
    private var end = End.asked
    /// The next look at a source that doesn't tell of its changes, or at a plane that wasn't available.
    private var nextLook: TimerSource!
    private var nextFlush: TimerSource!

    /// About a screen's refresh.
    private static let pollInterval: UInt64 = 16_000_000
    /// How often what was recorded is written, and told.
    private static let flushInterval: UInt64 = 1_000_000_000

    /// Makes the file.
    ///
    /// - Parameters:
    ///   - overwrites: Whether a file that is there already is replaced.
    ///   - tell: Called once a second.
    package init(
        of source: any PlaneSource, _ options: Options, overwrites: Bool, loop: EventLoop, tell: @escaping (Progress) -> Void
    ) throws(FileError) {
        self.source = source
        self.options = options
        self.loop = loop
        self.tell = tell
        var realTime = timespec()
        clock_gettime(CLOCK_REALTIME, &realTime)
        let header = RecordingHeader(
            name: source.name, hasPixels: options.hasPixels,
            recordedAt: UInt64(realTime.tv_sec) * 1_000_000_000 + UInt64(realTime.tv_nsec))
        writer = RecordingWriter(try OutputFile.make(options.path, overwrites: overwrites), header, limit: options.limit)
        recorder = GuestRecorder(of: source, to: writer, hasPixels: options.hasPixels, startedAt: EventLoop.now())
        nextLook = loop.timer { [unowned self] in look() }
        nextFlush = loop.timer { [unowned self] in handleFlush() }
    }

    /// Runs the loop until it is over, and leaves a whole file.
    package func run() throws(EventLoopError) -> End {
        let timer = loop.timer { [loop] in loop.stop() }
        if let duration = options.duration { timer.arm(after: duration) }
        nextFlush.arm(after: Self.flushInterval)
        source.delegate = self
        look()
        try withExtendedLifetime(timer) { () throws(EventLoopError) in try loop.run() }
        source.delegate = nil
        finish()
        return end
    }

    package var progress: Progress {
        Progress(
            seconds: Double(recorder.time) / 1e9, pictures: recorder.pictures, cursors: recorder.cursors, length: writer.length)
    }

    /// Why pixels aren't in it; nil where all are that were asked for.
    package var pixelProblem: String? { recorder.pixelProblem }

    package func planeSourceDidChange(_ source: any PlaneSource) { look() }

    package func planeSource(_ source: any PlaneSource, didEnd error: SourceError) { stop(.source(error)) }

    private func look() {
        guard case .asked = end else { return }
        do throws(Errno) {
            let outcome = try recorder.look()
            if outcome == .full { return stop(.limit) }
            if outcome == .again || source is any PolledPlaneSource { nextLook.arm(after: Self.pollInterval) }
        } catch {
            fail(error)
        }
    }

    private func handleFlush() {
        guard case .asked = end else { return }
        do throws(Errno) { try writer.flush() } catch { return fail(error) }
        tell(progress)
        nextFlush.arm(after: Self.flushInterval)
    }

    private func finish() {
        let reason: RecordingEnd
        switch end {
        case .asked: reason = .asked
        case .limit: reason = .limit
        case .source: reason = .source
        case .file: return
        }
        do throws(Errno) { try writer.finish(reason, at: recorder.time) } catch { fail(error) }
    }

    private func fail(_ error: Errno) {
        stop(.file(FileError(path: options.path, code: error.code, remedy: "make room for it, or record less with --limit")))
    }

    private func stop(_ end: End) {
        self.end = end
        loop.stop()
    }
}
