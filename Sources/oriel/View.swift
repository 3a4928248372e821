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
internal import QMP
internal import VFIOPlanes
internal import Wayland

struct View: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "view",
        _superCommandName: Oriel.name,
        abstract: "Opens a window onto a guest's display.",
        discussion: """
            Ends when the window, or the last of several, is closed, at a limit, on SIGINT or SIGTERM, or with its source: unless \
            --reconnect has it wait for the source's return.
            """)

    @Argument(help: "Whose display: demo:, qemu:, vfio:, planes:, … (see oriel --help).")
    var source: String

    @Flag(help: "qemu: sources: a window for each of the VM's display devices; the statistics are a list then.")
    var allConsoles = false

    @Flag(help: "Start in full screen.")
    var fullscreen = false

    @Option(help: "Start in full screen on this screen, by its name (oriel doctor lists them).")
    var output: String?

    @Option(help: "How the picture fills the window; fit if not said.")
    var scale: ScaleMode?

    @Flag(help: "Have the window keep the guest's proportions while it's resized.")
    var keepAspect = false

    // No option has a default here: the parser looks through all of the program's types for how to print one, which took a tenth of
    // the start. What isn't said is WindowOptions' to decide.
    @Option(help: "Turn the guest's screen clockwise by so many degrees; none if not said.")
    var rotate: Rotation?

    @Option(help: "Who draws the title bar; auto, if not said: the compositor, or oriel where that leaves it to us.")
    var decorations: DecorationMode?

    @Option(help: "How the guest's cursor is shown; subsurface if not said.")
    var cursor: CursorMode?

    @Option(help: "Whether a guest that can be is asked to take the window's size (guest, if not said).")
    var resize: ResizeMode?

    @Option(
        help: """
            vfio: sources: what counts as a new picture: new memory (if not said), or every refresh, for guests that \
            draw into the picture on show, such as text consoles and mbochs.
            """)
    var damage: DamagePolicy?

    @Flag(help: "Give the guest nothing of what is typed and pointed at over the window.")
    var viewOnly = false

    @Option(help: "What grabs the keyboard for the guest, and releases it; ctrl+alt+g if not said.")
    var grabChord: String?

    @Flag(help: "Grab the keyboard whenever the window has the focus.")
    var grabOnFocus = false

    @Option(help: "Chords that stay with the host also while the guest has the keyboard, as super+l,alt+tab.")
    var hostChords: String?

    @Option(help: "Who takes the input instead of the source: the VM's monitor, as qmp:/SOCKET.")
    var input: String?

    @Flag(help: "qemu: sources: share the clipboard with the guest, both ways, while the keyboard is on its window.")
    var clipboard = false

    @Option(help: "With --clipboard: how many MiB may pass at once; 16 if not said.")
    var clipboardLimit: UInt64?

    @Flag(help: "Wait in a window for a source that isn't there yet.")
    var wait = false

    @Option(help: "With --wait: give up after this many seconds.")
    var waitLimit: Double?

    @Flag(help: "Keep the window when the source ends, and show it again when it is back.")
    var reconnect = false

    @Option(help: "When the host's screen is kept lit while there is a picture; fullscreen if not said.")
    var inhibitIdle: IdleInhibition?

    @Option(help: "What the compositor is told that the guest shows; nothing (none) if not said.")
    var content: ContentType?

    @Flag(help: "Let the compositor show a picture in the middle of a refresh rather than late.")
    var tearing = false

    @Option(help: "Where Ctrl+Alt+S saves pictures; your pictures' folder, if not said.")
    var screenshotDir: String?

    @Option(help: "The window's title instead of the guest's name.")
    var title: String?

    @Option(help: "End after this many frames.")
    var frames: UInt64?

    @Option(help: "End after this many seconds.")
    var duration: Double?

    @Option(help: "Write the statistics as JSON to this file at the end; - is standard output.")
    var stats: String?

    @Option(help: "The least that is logged; info if not said.")
    var logLevel: Logger.Level?

    func validate() throws {
        if let frames, frames == 0 { throw ValidationError("--frames must be at least 1.") }
        if viewOnly, grabOnFocus || hostChords != nil {
            throw ValidationError("--view-only leaves nothing to grab: leave out --grab-on-focus and --host-chords.")
        }
        try checkDuration(duration)
        try checkDuration(waitLimit, "--wait-limit")
        if allConsoles, wait || reconnect || input != nil {
            throw ValidationError(
                "--all-consoles is for a VM that is there: use ?console=N with --wait, --reconnect and --input.")
        }
        if viewOnly, input != nil { throw ValidationError("--view-only and --input: use one of them.") }
        try checkClipboardLimit()
        if waitLimit != nil, !wait { throw ValidationError("--wait-limit is for --wait: add it.") }
    }

    func run() throws {
        let log = LineLog.logger(level: logLevel ?? .info)
        let report = try stats.map(OutputFile.init)
        let url = try SourceURL(source, damage: damage, allConsoles: allConsoles, clipboard: clipboard)
        let monitor = try input.map { try MonitorAddress(url: $0) }
        let inputOptions = try inputOptions()
        let screenshots = ScreenshotSaver(
            in: try screenshotDir.map(ScreenshotFolder.init), withCursor: cursor != .hidden, log: log)
        let loop = try EventLoop()
        let connection = try Connection(display: nil)
        // The guest draws its first picture, or the peer answers, while the compositor is asked what it has.
        let guests =
            allConsoles
            ? try url.openAll(on: loop, log: log).map(FirstSource.there)
            : [try FirstSource(url, loop, log, isAwaited: wait)]
        let keyboard = try monitor.map { try QMPInput($0, isAwaited: wait, loop: loop, logger: log) }
        let compositor = try Compositor(connection)
        try check(compositor)
        let shared = try hostClipboard(compositor, loop, log)
        let windows = Windows(loop)
        var token = ActivationToken.take()
        for guest in guests {
            let name = guest.source?.name ?? source
            let window = try GuestWindow(
                source: guest.source, input: try guest.source.flatMap { try sink($0, keyboard) } ?? keyboard,
                compositor: compositor, options: windowOptions(name, inputOptions, token), loop: loop, log: log)
            window.onScreenshot = { screenshots.save($0) }
            token = nil
            windows.add(window, name: name, keeper: try keeper(of: window, guest, url, keyboard, shared, loop, log))
        }
        // All consoles of a VM have the same one.
        shared?.attach(guests[0].source?.clipboard)
        // Until here a signal ends the process as it always does: there was nothing to save.
        let signals = try loop.endSignals { windows.close() }
        let timer = try loop.timer { windows.close() }
        if let duration { timer.arm(after: UInt64(duration * 1e9)) }
        try withExtendedLifetime((signals, timer, shared)) { try loop.run() }
        screenshots.finish()
        do throws(Failure) {
            try report?.write(windows.statistics(asList: allConsoles).text + "\n")
        } catch {
            guard let failure = windows.failure else { throw error }
            writeLine("oriel: \(error.message)", to: STDERR_FILENO)
            throw failure
        }
        if let failure = windows.failure { throw failure }
    }

    private func windowOptions(_ name: String, _ input: InputOptions, _ token: String?) -> WindowOptions {
        var options = WindowOptions(title: title ?? name)
        options.isFullscreen = fullscreen || output != nil
        options.output = output
        options.keepsAspect = keepAspect
        if let rotate { options.rotation = rotate }
        if let decorations { options.decorations = decorations }
        options.scale = scale
        if let cursor { options.cursor = cursor }
        options.frameLimit = frames
        options.resizesGuest = resize != .picture
        if let inhibitIdle { options.idleInhibition = inhibitIdle }
        if let content { options.content = content }
        options.mayTear = tearing
        options.activationToken = token
        options.input = input
        return options
    }

    /// nil where the guest takes no input, or is to have none.
    private func sink(_ guest: any PlaneSource, _ keyboard: QMPInput?) throws(SourceError) -> (any InputSink)? {
        if viewOnly { return nil }
        if let sink = keyboard ?? guest.inputSink { return sink }
        guard !grabOnFocus, hostChords == nil else {
            throw SourceError(.usage, "\(source): this source takes no input: leave out --grab-on-focus and --host-chords")
        }
        return nil
    }

    /// Who brings the window its source again, or at last.
    private func keeper(
        of window: GuestWindow, _ first: FirstSource, _ url: SourceURL, _ keyboard: QMPInput?, _ shared: HostClipboard?,
        _ loop: EventLoop, _ log: Logger
    ) throws -> SourceKeeper {
        let keeper = try SourceKeeper(of: window, loop: loop, log: log) { [unowned window] patience throws(SourceError) in
            let guest = try url.open(on: loop, log: log, patience: patience)
            if title == nil { window.name = guest.name }
            try window.attach(guest, input: try sink(guest, keyboard))
            shared?.attach(guest.clipboard)
        }
        keeper.reconnects = reconnect
        if case .awaited(let error) = first { keeper.wait(after: error, limit: waitLimit.map { UInt64($0 * 1e9) }) }
        return keeper
    }

    private func inputOptions() throws -> InputOptions {
        let grab = try Failure.naming("--grab-chord") { () throws(KeyTextError) in
            try grabChord.map { text throws(KeyTextError) in try Chord(text) } ?? ChordTable.defaultGrab
        }
        let chords = try Failure.naming("--host-chords") { () throws(KeyTextError) in
            try ChordTable(grab: grab, host: Chord.list(hostChords ?? ""))
        }
        var options = InputOptions(chords: chords)
        options.grabsOnFocus = grabOnFocus
        return options
    }

    /// What the user asked for by name and this compositor can't do.
    private func check(_ compositor: Compositor) throws {
        let outputs = compositor.outputs.compactMap(\.name)
        if let output, !outputs.contains(output) {
            guard !outputs.isEmpty else {
                throw Failure(.compositor, "--output \(output): the compositor names no screen: use --fullscreen")
            }
            throw Failure(.usage, "--output \(output): there is no such screen: use one of \(outputs.joined(separator: ", "))")
        }
        if let scale, scale != .native, !compositor.canScale {
            throw Failure(
                .compositor,
                "--scale \(scale.rawValue): the compositor has no wp_viewporter: use --scale native, or another compositor")
        }
    }
}
