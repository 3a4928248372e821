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

            --compare measures two or three rungs of the fallback ladder, or values of --latency, in turn, in blocks of 2 seconds, and says by \
            how much they differ; --baseline compares the run with an earlier one. A ratio whose interval includes 1 is «no difference seen». With --baseline, \
            --assert takes ratios as well, such as 'ratio.commitToPresent.p50 <= 1.05'.

            --probe gives the guest an input event about three times a second, and times how long the guest's next change takes, and until that \
            is on screen. The guest really gets this input: choose a key that does no harm in it.
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

    @Option(help: "The file to make for a trace of all frames, which Perfetto opens (ui.perfetto.dev).")
    var trace: String?

    @Flag(help: "Replace an earlier report in the folder, and an earlier trace.")
    var force = false

    @Option(
        name: .customLong("assert"),
        help: "A figure of the report, a comparison and a value: exit code 1 if it isn't so. Can be given several times.")
    var assertions: [String] = []

    @Option(
        help: """
            Rungs to compare with the first of them: two or three of \(Measure.rungs.map(\.name).joined(separator: ", ")). Or values of \
            --latency: \(Measure.modes.map(\.name).joined(separator: ", ")).
            """
    )
    var compare: String?

    @Option(help: "The report.json of an earlier run, to compare this one with.")
    var baseline: String?

    @Option(
        help: """
            Send the guest input and time the answers: motion moves the pointer to and fro, and key:NAME presses a key, or keys with + between \
            them, by the names that oriel send has.
            """)
    var probe: String?

    static let rungs = [Statistics.Path.dmabuf, .sharedMemory, .copy].map(ComparedWay.init)
    static let modes = LatencyMode.allCases.map { ComparedWay(named: $0.rawValue) }

    func validate() throws {
        if let warmup, !(warmup >= 0 && warmup <= 1e6) {
            throw ValidationError("--warmup must be a number of seconds, 0 or more.")
        }
        if let process = pid.first(where: { $0 < 1 || kill($0, 0) != 0 && errno == ESRCH }) {
            throw ValidationError("--pid \(process): there is no such process.")
        }
        if force, report == nil, trace == nil { throw ValidationError("--force is for --report and --trace: add one.") }
        if compare != nil, baseline != nil || untilStable || !assertions.isEmpty || probe != nil {
            throw ValidationError(
                "--compare measures several ways: leave out --baseline, --until-stable, --assert and --probe, which are about one."
            )
        }
    }

    func run() throws {
        let view = try view()
        let assertions = try assertions.map { text in
            do throws(Assertion.Fault) { return try Assertion(text) } catch { throw Failure(.usage, "--assert: \(error)") }
        }
        if baseline == nil, let ratio = assertions.first(where: \.isOfRatio) {
            throw Failure(.usage, "--assert: '\(ratio.text)' is about a comparison with an earlier run: add --baseline")
        }
        let input = try input(of: view)
        if input == nil, let times = assertions.first(where: \.isOfProbes) {
            throw Failure(.usage, "--assert: '\(times.text)' is about input that the guest is sent: add --probe")
        }
        let earlier = try baseline.map { path in
            do throws(BaselineFault) { return try Baseline(path) } catch { throw Failure(.usage, "--baseline \(error)") }
        }
        let folder = try report.map { path throws(FileError) in try ReportFolder(path, overwrites: force) }
        try trace.map { path throws(FileError) in try OutputFile.checkMakable(path, overwrites: force) }
        let options = try options(view), loop = try EventLoop(), progress = ProgressLine()
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
            run.prober = input.map { InputProber($0, recorder: recorder, loop: loop) { opened.inputTarget } }
            run.use = { way in
                if let mode = LatencyMode(rawValue: way.name) { opened.use(mode) } else { opened.force(way.path) }
            }
            facts = RunFacts(version: Oriel.version, arguments: Array(CommandLine.arguments.dropFirst()), on: compositor)
            run.frames = try folder?.begin()
            run.trace = try trace.map { path throws(FileError) in
                try TraceFile(path, source: view.source, version: Oriel.version, overwrites: force)
            }
        }
        progress.clear()
        let failure =
            refusal(run, session!, of: view.source)
            ?? (run.hasSeenNothing
                ? Failure(.unavailable, "\(view.source.asSubject) the guest shows nothing: is its display on?") : Failure(end))
        let result = run.finish(because: failure?.message ?? "ended before its time was over")
        if let line = run.trace?.finish() { writeLine("oriel: \(line)", to: STDERR_FILENO) }
        let groups = facts!.groups(source: view.source, session!, run, options, result.figures)
        var report = Report(facts: groups, figures: result.figures, timeline: result.timeline, partial: result.partial)
        compare(&report, run.blocks, options.compared, earlier)
        writeLine(report.summary, to: STDOUT_FILENO)
        try conclude(report, of: view.source, folder, run, assertions, failure)
    }

    /// The failure of a run that couldn't have the guest's pictures go one of the ways, or give it input; nil where there was none.
    private func refusal(_ run: MeasurementRun, _ session: Session, of source: String) -> Failure? {
        if let reason = run.inputRefusal { return inputRefusal(source, reason) }
        guard let way = run.refused else { return nil }
        let shown = session.shown?.statistics
        let reason =
            switch shown?.path {
            case .none?, nil: shown?.pathReason ?? "nothing was shown"
            case let path? where path == way.path ?? path: "the window shows no new picture: is it hidden?"
            case let path?: "it takes \(path.rawValue) instead"
            }
        return Failure(
            .unavailable,
            "--compare \(way.name): the guest's picture can't be shown like this: \(reason)\(way.path == nil ? "" : ": compare other rungs")"
        )
    }

    /// Adds the blocks of the run, and what comes of comparing them.
    private func compare(_ report: inout Report, _ series: BlockSeries, _ ways: [ComparedWay], _ earlier: Baseline?) {
        guard ways.isEmpty else {
            report.comparisons = Comparison.of(ways, in: series.blocks)
            report.remarks.append(
                "The figures are of all ways, and of the switches between them. The comparison has those of each.")
            guard series.foreign > 0 else { return }
            report.remarks.append("\(series.foreign) blocks don't count, since some of their frames took another rung.")
            return
        }
        report.blocks = series.blocks
        guard let earlier else { return }
        for line in earlier.differences(from: report) { writeLine("oriel: \(line)", to: STDERR_FILENO) }
        report.comparisons = [Comparison(of: series.blocks, named: "this run", with: earlier.blocks, named: earlier.path)]
    }

    /// Writes the report and looks at the assertions. Every fault is a line; the first kind decides the exit code.
    private func conclude(
        _ report: Report, of source: String, _ folder: ReportFolder?, _ run: MeasurementRun, _ assertions: [Assertion],
        _ failure: Failure?
    ) throws {
        var failures: [Failure] = []
        if let failure { failures.append(failure) }
        if let fault = run.trace?.fault, let failure = Failure(fault) { failures.append(failure) }
        if let folder, let frames = run.frames {
            failures += folder.write(report, title: source, after: frames).compactMap { Failure($0) }
        }
        for assertion in assertions {
            guard case .fails(let why) = assertion.outcome(in: report.figures, ratios: report.comparisons.first) else { continue }
            failures.append(Failure(.assertion, "--assert \(why)"))
        }
        for failure in failures.dropLast() { writeLine("oriel: \(failure.message)", to: STDERR_FILENO) }
        guard let last = failures.last else { return }
        throw Failure(failures[0].code, last.message)
    }
}

/// Says on a terminal how far it is.
private struct ProgressLine {
    private let line = StatusLine()

    func show(_ progress: MeasurementRun.Progress) { line.show(text(of: progress)) }

    func clear() { line.clear() }

    private func text(of progress: MeasurementRun.Progress) -> String {
        guard let elapsed = progress.elapsed else {
            return progress.hasBegun ? "warming up …" : "waiting for the first frame …"
        }
        let figures = progress.figures
        let dropped = figures.superseded + figures.discarded
        return
            "\(Int(elapsed)) s   \(text("presentRate", figures))   \(dropped) dropped   zero-copy \(text("zeroCopyShare", figures))   "
            + "commit to screen p99 \(text("commitToPresent.p99", figures))"
    }

    private func text(_ name: String, _ figures: RunFigures) -> String {
        guard let figure = Figure.named(name), let value = figure.value(in: figures) else { return "—" }
        return figure.unit.text(value)
    }
}
