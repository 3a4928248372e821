// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import ArgumentParser
internal import Diagnosis
internal import EventLoop
internal import GuestView
internal import GuestWindow
internal import Logging
internal import Measurement
internal import Viewer

/// Shows a source full screen for three seconds, to see what becomes of its frames.
struct ScanoutTrial {
    private let view: View

    /// - Parameter output: the screen; nil leaves that to the compositor.
    init(_ source: String, on output: String?) throws {
        let words = [source, "--fullscreen", "--view-only"] + (output.map { ["--output", $0] } ?? [])
        do { view = try View.parse(words) } catch { throw Failure(.usage, View.message(for: error)) }
    }

    /// What was seen. A trial that fails is a finding, too.
    func findings() throws -> [Finding] {
        var options = MeasurementRun.Options()
        // The first frames come before the compositor has said what it could scan out.
        options.warmup = 500_000_000
        options.duration = 3_000_000_000
        let loop = try EventLoop(), recorder = FrameRecorder()
        var session: Session?
        // A guest that stands still has its picture committed again each second.
        let run = MeasurementRun(
            options, recorder: recorder, loop: loop, tell: { _ in session?.force(nil) }, onEnd: { session?.close() })
        var sessionOptions = try view.sessionOptions()
        sessionOptions.window.view.recorder = recorder
        let end: SessionEnd
        do {
            end = try view.show(on: CompositorRequest(), sessionOptions, level: .error, loop: loop) { opened, _ in
                session = opened
            }
        } catch let failure as Failure where failure.code != .usage {
            return [Finding("direct scanout", .missing, failure.message)]
        }
        if let failure = Failure(end) { return [Finding("direct scanout", .missing, failure.message)] }
        return Finding.scanout(run.finish(because: "ended early").figures)
    }
}
