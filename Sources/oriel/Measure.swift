// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import ArgumentParser
internal import EventLoop
internal import Glibc
internal import GuestView
internal import GuestWindow
internal import Logging
internal import Measurement
internal import Planes
internal import Viewer

struct Measure: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure",
        abstract: "Shows a guest and measures how its frames get to the screen.",
        discussion: """
            Frames count from --warmup seconds after the first one, for --duration seconds (10 without it). Ctrl-C ends it earlier, with all \
            that was measured. The window is that of oriel view. All of its options serve here, too: see oriel view --help for --fullscreen, \
            --output, --cursor, --duration and the others.

            --report leaves report.json, report.html and frames.csv in a folder; docs/measuring.md describes them. --assert compares a figure \
            of report.json with a value, such as 'commitToPresent.p99 <= 20ms', 'zeroCopyShare >= 99%' or 'frames.late == 0': each one that \
            doesn't hold is a line on standard error, and the exit code is 1 then.
            """)

    /// Words for the parser of `oriel view`: as a group of options its command would turn up in the parser's messages.
    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp("The display, as of oriel view, and options of that.", valueName: "source"))
    var words: [String] = []

    @Option(help: "Seconds that frames are shown before they count. The default is 2.")
    var warmup: Double?

    @Flag(
        help:
            "End as soon as measuring for longer would change little, and after --duration seconds (300 without it) at the latest."
    )
    var untilStable = false

    @Option(
        help:
            "Another process whose cost is measured, such as the compositor or the VMM, by its number. Can be given several times."
    )
    var pid: [Int32] = []

    @Option(help: "The folder to make for the report.")
    var report: String?

    @Flag(help: "Replace an earlier report in the folder.")
    var force = false

    @Option(
        name: .customLong("assert"),
        help: "A figure of the report, a comparison and a value: exit code 1 if it isn't so. Can be given several times.")
    var assertions: [String] = []

    func validate() throws {
        if let warmup, !(warmup >= 0 && warmup <= 1e6) {
            throw ValidationError("--warmup must be a number of seconds, 0 or more.")
        }
        if let process = pid.first(where: { $0 < 1 || kill($0, 0) != 0 && errno == ESRCH }) {
            throw ValidationError("--pid \(process): there is no such process.")
        }
        if force, report == nil { throw ValidationError("--force is for --report: add it.") }
    }

    private func view() throws -> View {
        let view: View
        do { view = try View.parse(words) } catch { throw Failure(.usage, View.message(for: error)) }
        if view.allConsoles || view.frames != nil {
            throw Failure(
                .usage, "oriel measure shows one display for a time: use ?console=N instead of --all-consoles, and --duration")
        }
        return view
    }

    func run() throws {
        let view = try view()
        let assertions = try assertions.map { text in
            do throws(Assertion.Fault) { return try Assertion(text) } catch { throw Failure(.usage, "--assert: \(error)") }
        }
        let folder = try report.map { path throws(FileError) in try ReportFolder(path, overwrites: force) }
        let options = options(view), loop = try EventLoop(), progress = ProgressLine()
        var session: Session?
        let recorder = FrameRecorder()
        let run = MeasurementRun(
            options, recorder: recorder, loop: loop, tell: { progress.show($0) }, onEnd: { session?.close() })
        var sessionOptions = try view.sessionOptions()
        // The run has its own limit.
        sessionOptions.duration = nil
        sessionOptions.window.view.recorder = recorder
        var facts: RunFacts?
        let end = try view.show(on: CompositorRequest(), sessionOptions, level: .warning, loop: loop) { opened, compositor in
            session = opened
            facts = RunFacts(version: Oriel.version, arguments: Array(CommandLine.arguments.dropFirst()), on: compositor)
            run.frames = try folder?.begin()
        }
        progress.clear()
        let failure =
            run.hasSeenNothing
            ? Failure(.unavailable, "\(view.source.asSubject) the guest shows nothing: is its display on?") : Failure(end)
        let result = run.finish(because: failure?.message ?? "ended before its time was over")
        let groups = facts!.groups(source: view.source, session!, run, options, result.figures)
        let report = Report(facts: groups, figures: result.figures, timeline: result.timeline, partial: result.partial)
        writeLine(report.summary, to: STDOUT_FILENO)
        try conclude(report, of: view.source, folder, run.frames, assertions, failure)
    }

    private func options(_ view: View) -> MeasurementRun.Options {
        var options = MeasurementRun.Options()
        if let warmup { options.warmup = UInt64(warmup * 1e9) }
        options.endsWhenStable = untilStable
        options.processes = pid
        options.duration = UInt64((view.duration ?? (untilStable ? 300 : 10)) * 1e9)
        if view.wait { options.firstFramePatience = nil }
        return options
    }

    /// Writes the report and looks at the assertions. Every fault is a line; the first kind decides the exit code.
    private func conclude(
        _ report: Report, of source: String, _ folder: ReportFolder?, _ frames: FrameFile?, _ assertions: [Assertion],
        _ failure: Failure?
    ) throws {
        var failures: [Failure] = []
        if let failure { failures.append(failure) }
        if let folder, let frames {
            failures += folder.write(report, title: source, after: frames).compactMap { Failure($0) }
        }
        for assertion in assertions {
            guard case .fails(let why) = assertion.outcome(in: report.figures) else { continue }
            failures.append(Failure(.assertion, "--assert \(why)"))
        }
        for failure in failures.dropLast() { writeLine("oriel: \(failure.message)", to: STDERR_FILENO) }
        guard let last = failures.last else { return }
        throw Failure(failures[0].code, last.message)
    }
}

/// One line on a terminal that says how far it is, and is written over again and again.
private struct ProgressLine {
    private let isShown = isatty(STDERR_FILENO) != 0

    func show(_ progress: MeasurementRun.Progress) {
        guard isShown else { return }
        guard let elapsed = progress.elapsed else {
            return write(progress.hasBegun ? "warming up …" : "waiting for the first frame …")
        }
        let figures = progress.figures
        let dropped = figures.superseded + figures.discarded
        write(
            "\(Int(elapsed)) s   \(text("presentRate", figures))   \(dropped) dropped   zero-copy \(text("zeroCopyShare", figures))   "
                + "commit to screen p99 \(text("commitToPresent.p99", figures))")
    }

    func clear() { if isShown { write("") } }

    private func text(_ name: String, _ figures: RunFigures) -> String {
        guard let figure = Figure.named(name), let value = figure.value(in: figures) else { return "—" }
        return figure.unit.text(value)
    }

    /// Ends at the line's beginning, so that a line of the log writes over it.
    private func write(_ text: String) { _ = OutputFile.write("\r\u{1B}[K\(text)\r", to: STDERR_FILENO) }
}
