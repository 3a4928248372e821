// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import ArgumentParser
internal import EventLoop
internal import Glibc
internal import GuestInput
internal import Logging
internal import Measurement
internal import Planes
internal import GuestView
internal import GuestWindow
internal import Surfaces
internal import VFIOPlanes
internal import Viewer
internal import Wayland

/// Its options have no types of their own and no defaults: for each of these the parser searches all of the program's types, which
/// took a fifth of the start. `View+Options` makes values of them, and defaults are those of `SessionOptions` and `WindowOptions`.
struct View: ParsableCommand {
    /// `Main` parses it as a root of its own. A root without a «super-command» would be searched for requests of completion scripts, which
    /// took a third of the start.
    static let configuration = CommandConfiguration(
        commandName: "view", _superCommandName: Oriel.name,
        abstract: "Opens a window onto a guest's display.",
        discussion: """
            Ends when the last window is closed, at a limit, or on SIGINT, SIGTERM or SIGHUP. A window ends with its source, unless --reconnect \
            has it wait for the source's return.
            """)

    @Argument(help: "The display: demo:, qemu:, vfio:, planes:, … (see oriel --help).")
    var source: String

    @Flag(help: "qemu: and demo: sources: open a window for each of the guest's display devices. The statistics are a list then.")
    var allConsoles = false

    @Flag(help: "Start in full screen.")
    var fullscreen = false

    @Option(help: "Start in full screen on the screen of this name (oriel doctor lists them).")
    var output: String?

    @Option(help: "How the picture fills the window: \(ScaleMode.list). The default is fit.", completion: .list(ScaleMode.words))
    var scale: String?

    @Flag(help: "Keep the guest's proportions while the window is resized.")
    var keepAspect = false

    @Option(help: "Turn the guest's screen clockwise by this many degrees: \(Rotation.list).", completion: .list(Rotation.words))
    var rotate: String?

    @Option(
        help:
            "Who draws the title bar: \(DecorationMode.list). The default, auto, is the compositor, or Oriel if the compositor leaves it to clients.",
        completion: .list(DecorationMode.words))
    var decorations: String?

    @Option(
        help: "How the guest's cursor is shown: \(CursorMode.list). The default is subsurface.",
        completion: .list(CursorMode.words))
    var cursor: String?

    @Option(
        help: "What changes when the window's size isn't the guest's: \(ResizeMode.list). The default is guest.",
        completion: .list(ResizeMode.words))
    var resize: String?

    @Option(
        help: """
            vfio: sources: what counts as a new picture: \(DamagePolicy.list). The default is generation: new memory. With refresh it \
            is every refresh, for guests that draw into the picture on show, such as text consoles and mbochs.
            """,
        completion: .list(DamagePolicy.words))
    var damage: String?

    @Flag(help: "Give the guest no input from the window.")
    var viewOnly = false

    @Option(help: "The chord that grabs the keyboard for the guest, and releases it. The default is ctrl+alt+g.")
    var grabChord: String?

    @Flag(help: "Grab the keyboard whenever the window has the focus.")
    var grabOnFocus = false

    @Option(help: "Chords that the host keeps even while the guest has the keyboard, such as super+l,alt+tab.")
    var hostChords: String?

    @Option(
        help: """
            The chord that shows over the picture how it gets to the screen, and takes that away again. The default is ctrl+alt+m.
            """)
    var overlayChord: String?

    @Option(help: "Chords of the window's own that go to the guest instead, such as ctrl+alt+s.")
    var guestChords: String?

    @Option(
        help: """
            What a finger on the window is for the guest: \(TouchMode.list). The default is its finger; a pointer is for VMs without \
            virtio-multitouch.
            """,
        completion: .list(TouchMode.words))
    var touch: String?

    @Option(help: "The VM's monitor, as qmp:/SOCKET, to which input goes instead of the source.")
    var input: String?

    @Flag(help: "qemu: sources: share the clipboard with the guest, both ways, while the keyboard is on its window.")
    var clipboard = false

    @Option(help: "With --clipboard: the largest transfer in MiB. The default is 16.")
    var clipboardLimit: UInt64?

    @Flag(help: "Wait in a window for a source that isn't there yet.")
    var wait = false

    @Option(help: "With --wait: give up after this many seconds.")
    var waitLimit: Double?

    @Flag(help: "Keep the window when the source ends, and show the source again when it is back.")
    var reconnect = false

    @Option(
        help: "When to keep the host's screen lit while there is a picture: \(IdleInhibition.list). The default is fullscreen.",
        completion: .list(IdleInhibition.words))
    var inhibitIdle: String?

    @Option(
        help: "The kind of content to announce to the compositor: \(ContentType.list). The default is none.",
        completion: .list(ContentType.words))
    var content: String?

    @Option(
        help: """
            When a change is committed: \(LatencyMode.list). low is at once. The default, balanced, waits with the changes of a guest that \
            makes several within a refresh, as long as they still make that refresh; power commits at every second refresh at most.
            """,
        completion: .list(LatencyMode.words))
    var latency: String?

    @Flag(help: "Let the compositor show a picture in the middle of a refresh rather than late.")
    var tearing = false

    @Option(help: "The folder in which Ctrl+Alt+S saves pictures. The default is your pictures' folder.")
    var screenshotDir: String?

    @Option(help: "The window's title instead of the guest's name.")
    var title: String?

    @Option(help: "End after this many frames.")
    var frames: UInt64?

    @Option(help: "End after this many seconds.")
    var duration: Double?

    @Option(help: "At the end, write the statistics as JSON to this file; - is standard output.")
    var stats: String?

    @Option(
        help: "The lowest level that is logged: \(Logger.Level.list). The default is info.",
        completion: .list(Logger.Level.words))
    var logLevel: String?

    func validate() throws {
        if let frames, frames == 0 { throw ValidationError("--frames must be at least 1.") }
        if viewOnly, grabOnFocus || hostChords != nil || guestChords != nil || touch != nil {
            throw ValidationError(
                "--view-only gives the guest nothing: leave out --grab-on-focus, --host-chords, --guest-chords and --touch.")
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

    func run() throws { try run(on: CompositorRequest()) }

    func run(on request: CompositorRequest) throws {
        let end = try show(on: request, sessionOptions(), level: .info, loop: EventLoop())
        if let failure = Failure(end) { throw failure }
    }

    /// Shows the source until the session has ended, and writes the statistics if they are wanted.
    ///
    /// - Parameters:
    ///   - level: the lowest level that is logged where the user names none.
    ///   - begin: called before the session runs.
    func show(
        on request: CompositorRequest, _ options: SessionOptions, level: Logger.Level, loop: EventLoop,
        begin: (Session, Compositor) throws -> Void = { _, _ in }
    ) throws -> SessionEnd {
        let log = LineLog.logger(level: try value(of: logLevel, "--log-level") ?? level)
        let report = try stats.map(OutputFile.init)
        let address = try address()
        let registry = try request.registry()
        // The source answers, or the demonstration guest draws, while the compositor says what it has. The first picture is what all
        // else waits for, and a thread that is started while the compositor is busy may have to wait for a processor.
        let link = GuestLink(loop: loop) { address.open(on: loop, log: log, done: $0) }
        link.open()
        let compositor = try Compositor(registry)
        try compositor.settle()
        try check(compositor, options.window)
        // From here on a signal ends the session and not the process, also while the source is being opened. Not before: a compositor
        // that doesn't answer keeps the thread, and then a signal must end the process.
        var session: Session?
        let signals = try loop.endSignals { session?.close() }
        let running = try Session(link, on: Desktop(compositor), options, loop: loop, log: log)
        session = running
        try begin(running, compositor)
        let end = try withExtendedLifetime(signals) { try running.run() }
        do throws(FileError) {
            try report?.write(running.statistics(asList: allConsoles).text + "\n")
        } catch {
            guard Failure(end) != nil else { throw error }
            writeLine("oriel: \(error)", to: STDERR_FILENO)
        }
        return end
    }
}
