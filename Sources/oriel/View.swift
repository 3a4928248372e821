// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import ArgumentParser
internal import EventLoop
internal import Glibc
internal import GuestInput
internal import Logging
internal import Measurement
internal import Planes
internal import Presentation
internal import VFIOPlanes
internal import Wayland

struct View: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "view",
        abstract: "Opens a window onto a guest's display.",
        discussion: """
            Ends when the window, or the last of several, is closed, at a limit, on SIGINT or SIGTERM, or with its source.
            """)

    @Argument(help: "Whose display: demo:, qemu:, vfio:, planes:, … (see oriel --help).")
    var source: String

    @Flag(help: "qemu: sources: a window for each of the VM's display devices; the statistics are a list then.")
    var allConsoles = false

    @Flag(help: "Start in full screen.")
    var fullscreen = false

    @Option(help: "How the picture fills the window; fit if not said.")
    var scale: ScaleMode?

    @Option(help: "How the guest's cursor is shown.")
    var cursor = CursorMode.subsurface

    @Option(help: "Whether a guest that can be is asked to take the window's size.")
    var resize = ResizeMode.guest

    @Option(
        help: """
            vfio: sources: what counts as a new picture: new memory (if not said), or every refresh, for guests that \
            draw into the picture on show, such as text consoles and mbochs.
            """)
    var damage: DamagePolicy?

    @Flag(help: "Give the guest nothing of what is typed and pointed at over the window.")
    var viewOnly = false

    @Option(help: "What grabs the keyboard for the guest, and releases it.")
    var grabChord = "ctrl+alt+g"

    @Flag(help: "Grab the keyboard whenever the window has the focus.")
    var grabOnFocus = false

    @Option(help: "Chords that stay with the host also while the guest has the keyboard, as super+l,alt+tab.")
    var hostChords = ""

    @Option(help: "The window's title instead of the guest's name.")
    var title: String?

    @Option(help: "End after this many frames.")
    var frames: UInt64?

    @Option(help: "End after this many seconds.")
    var duration: Double?

    @Option(help: "Write the statistics as JSON to this file at the end; - is standard output.")
    var stats: String?

    @Option(help: "The least that is logged.")
    var logLevel = Logger.Level.info

    func validate() throws {
        if let frames, frames == 0 { throw ValidationError("--frames must be at least 1.") }
        if viewOnly, grabOnFocus || !hostChords.isEmpty {
            throw ValidationError("--view-only leaves nothing to grab: leave out --grab-on-focus and --host-chords.")
        }
        try checkDuration(duration)
    }

    func run() throws {
        let log = LineLog.logger(level: logLevel)
        let output = try stats.map(OutputFile.init)
        let url = try SourceURL(source, damage: damage, allConsoles: allConsoles)
        let input = try inputOptions()
        let loop = try EventLoop()
        let connection = try Connection(display: nil)
        // The guest draws its first picture, or the peer answers, while the compositor is asked what it has.
        let guests = allConsoles ? try url.openAll(on: loop, log: log) : [try url.open(on: loop, log: log)]
        let compositor = try Compositor(connection)
        try check(compositor)
        let windows = Windows(loop)
        for guest in guests {
            if let guest = guest as? SyntheticGuest { log.info("\(guest.name): memory \(guest.memoryReason)") }
            windows.add(
                try GuestWindow(
                    source: guest, input: sink(guest), compositor: compositor, options: windowOptions(for: guest, input),
                    loop: loop, log: log), name: guest.name)
        }
        // Until here a signal ends the process as it always does: there was nothing to save.
        let signals = try loop.endSignals { windows.close() }
        let timer = try loop.timer { windows.close() }
        if let duration { timer.arm(after: UInt64(duration * 1e9)) }
        try withExtendedLifetime((signals, timer)) { try loop.run() }
        do throws(Failure) {
            try output?.write(windows.statistics(asList: allConsoles).text + "\n")
        } catch {
            guard let failure = windows.failure else { throw error }
            writeLine("oriel: \(error.message)", to: STDERR_FILENO)
            throw failure
        }
        if let failure = windows.failure { throw failure }
    }

    private func windowOptions(for guest: any PlaneSource, _ input: InputOptions) -> WindowOptions {
        var options = WindowOptions(title: title ?? guest.name)
        options.isFullscreen = fullscreen
        options.scale = scale
        options.cursor = cursor
        options.frameLimit = frames
        options.resizesGuest = resize == .guest
        options.input = input
        return options
    }

    /// nil where the guest takes no input, or is to have none.
    private func sink(_ guest: any PlaneSource) throws(Failure) -> (any InputSink)? {
        if viewOnly { return nil }
        if let sink = guest as? any InputSink { return sink }
        guard !grabOnFocus, hostChords.isEmpty else {
            throw Failure(.usage, "\(source): this source takes no input: leave out --grab-on-focus and --host-chords")
        }
        return nil
    }

    private func inputOptions() throws -> InputOptions {
        let grab = try Failure.naming("--grab-chord") { () throws(KeyTextError) in try Chord(grabChord) }
        let chords = try Failure.naming("--host-chords") { () throws(KeyTextError) in
            try ChordTable(grab: grab, host: Chord.list(hostChords))
        }
        var options = InputOptions(chords: chords)
        options.grabsOnFocus = grabOnFocus
        return options
    }

    /// What the user asked for by name and this compositor can't do.
    private func check(_ compositor: Compositor) throws {
        if let scale, scale != .native, !compositor.canScale {
            throw Failure(
                .compositor,
                "--scale \(scale.rawValue): the compositor has no wp_viewporter: use --scale native, or another compositor")
        }
    }
}
