// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import ArgumentParser
internal import EventLoop
internal import Glibc
internal import Logging
internal import Planes
internal import Viewer

struct Record: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Records what a guest's planes do, for oriel view replay:FILE.",
        discussion: """
            Needs no compositor. A recording has the layouts, flips, damage, places and times of the planes, and their pixels only with \
            --pixels. It ends on Ctrl-C, after --duration, at --limit, and with its source; the file is whole then. docs/recording.md \
            describes the file.
            """)

    @Argument(help: "The display: demo:, qemu:, vfio:, planes:, … (see oriel --help).")
    var source: String

    @Argument(help: "The file to make.")
    var file: String

    @Flag(help: "Record the pixels, too. Whoever has the file sees what was on the guest's screen.")
    var pixels = false

    @Option(help: "The largest size of the file in MiB. The default is 64, and 1024 with --pixels.")
    var limit: UInt64?

    @Option(help: "End after this many seconds.")
    var duration: Double?

    @Flag(help: "Replace the file if it is there already.")
    var force = false

    /// In MiB.
    private static let limits: ClosedRange<UInt64> = 1...1 << 20

    func validate() throws {
        try checkDuration(duration)
        if let limit, !Self.limits.contains(limit) {
            throw ValidationError("--limit must be from 1 to \(Self.limits.upperBound) MiB.")
        }
    }

    func run() throws {
        let address = try SourceAddress(source)
        try OutputFile.checkMakable(file, overwrites: force)
        let loop = try EventLoop(), progress = StatusLine()
        let guest = try address.opened(on: loop, log: LineLog.logger(level: .warning))[0].planes
        defer { guest.close() }
        var options = RecordingRun.Options(path: file)
        options.hasPixels = pixels
        options.limit = (limit ?? (pixels ? 1024 : 64)) << 20
        options.duration = duration.map { UInt64($0 * 1e9) }
        let run = try RecordingRun(of: guest, options, overwrites: force, loop: loop) { progress.show(Self.text($0)) }
        let signals = try loop.endSignals { loop.stop() }
        let end = try withExtendedLifetime(signals) { try run.run() }
        progress.clear()
        writeLine("\(file): \(Self.text(run.progress))", to: STDOUT_FILENO)
        if let problem = run.pixelProblem { writeLine("oriel: \(source.asSubject) \(problem)", to: STDERR_FILENO) }
        switch end {
        case .asked: break
        case .limit:
            let size = options.limit >> 20
            writeLine("oriel: \(file): ended, as it has reached \(size) MiB: allow more with --limit", to: STDERR_FILENO)
        case .source(let error): throw error
        case .file(let error): throw error
        }
    }

    private static func text(_ progress: RecordingRun.Progress) -> String {
        let tenths = UInt64(progress.seconds * 10), size = (progress.length * 10) >> 20
        return
            "\(tenths / 10).\(tenths % 10) s   \(progress.pictures) pictures   \(progress.cursors) of the cursor   \(size / 10).\(size % 10) MiB"
    }
}
