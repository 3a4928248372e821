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
internal import QMP
internal import VFIOPlanes
internal import Wayland

/// Its options have no types of their own and no defaults: the parser looks through all of the program's types for each of these, a
/// fifth of the start. `View+Options` makes values of what is said; the rest is WindowOptions' to decide.
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

    @Option(help: "How the picture fills the window: \(ScaleMode.list); fit if not said.", completion: .list(ScaleMode.words))
    var scale: String?

    @Flag(help: "Have the window keep the guest's proportions while it's resized.")
    var keepAspect = false

    @Option(help: "Turn the guest's screen clockwise by so many degrees: \(Rotation.list).", completion: .list(Rotation.words))
    var rotate: String?

    @Option(
        help:
            "Who draws the title bar: \(DecorationMode.list); auto, if not said: the compositor, or oriel where that leaves it to us.",
        completion: .list(DecorationMode.words))
    var decorations: String?

    @Option(
        help: "How the guest's cursor is shown: \(CursorMode.list); subsurface if not said.",
        completion: .list(CursorMode.words))
    var cursor: String?

    @Option(
        help: "What follows when the window's size isn't the guest's: \(ResizeMode.list); guest if not said.",
        completion: .list(ResizeMode.words))
    var resize: String?

    @Option(
        help: """
            vfio: sources: what counts as a new picture: \(DamagePolicy.list): new memory (if not said), or every refresh, for \
            guests that draw into the picture on show, such as text consoles and mbochs.
            """,
        completion: .list(DamagePolicy.words))
    var damage: String?

    @Flag(help: "Give the guest nothing of what is typed and pointed at over the window.")
    var viewOnly = false

    @Option(help: "What grabs the keyboard for the guest, and releases it; ctrl+alt+g if not said.")
    var grabChord: String?

    @Flag(help: "Grab the keyboard whenever the window has the focus.")
    var grabOnFocus = false

    @Option(help: "Chords that stay with the host also while the guest has the keyboard, as super+l,alt+tab.")
    var hostChords: String?

    @Option(help: "Chords of the window's own that the guest gets instead, as ctrl+alt+s.")
    var guestChords: String?

    @Option(
        help: """
            What a finger on the window is: \(TouchMode.list): the guest's finger (if not said), or its pointer, for VMs without \
            virtio-multitouch.
            """,
        completion: .list(TouchMode.words))
    var touch: String?

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

    @Option(
        help: "When the host's screen is kept lit while there is a picture: \(IdleInhibition.list); fullscreen if not said.",
        completion: .list(IdleInhibition.words))
    var inhibitIdle: String?

    @Option(
        help: "What the compositor is told that the guest shows: \(ContentType.list); none if not said.",
        completion: .list(ContentType.words))
    var content: String?

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

    @Option(
        help: "The least that is logged: \(Logger.Level.list); info if not said.",
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
        let log = LineLog.logger(level: try value(of: logLevel, "--log-level") ?? .info)
        let report = try stats.map(OutputFile.init)
        let url = try SourceURL(source, damage: value(of: damage, "--damage"), allConsoles: allConsoles, clipboard: clipboard)
        let monitor = try input.map { try MonitorAddress(url: $0) }
        var options = try windowOptions()
        let folder = try screenshotDir.map(ScreenshotFolder.init)
        let loop = try EventLoop()
        let screenshots = try ScreenshotSaver(in: folder, withCursor: options.view.cursor != .hidden, loop: loop, log: log)
        let registry = try request.registry()
        // A guest that draws itself comes first: its first picture is what all else waits for, and a thread that is started while the
        // compositor is busy with us may have to wait for a processor. A peer answers while the compositor says what it has.
        let drawn = url.drawsItself ? try open(url, loop, log) : nil
        let compositor = try Compositor(registry)
        let guests = try drawn ?? open(url, loop, log)
        let keyboard = try monitor.map { try QMPInput($0, isAwaited: wait, loop: loop, logger: log) }
        try compositor.settle()
        try check(compositor, options)
        let desktop = Desktop(compositor), windows = Windows(loop, screenshots)
        let shared = try hostClipboard(desktop, loop, log)
        var token = ActivationToken.take()
        for guest in guests {
            let name = guest.source?.name ?? source
            options.title = title ?? name
            options.activationToken = token
            let window = try GuestWindow(on: desktop, options: options, loop: loop, log: log)
            token = nil
            windows.add(
                window, name: name, keeper: try keeper(of: window, in: windows, guest, url, keyboard, shared, loop, log),
                planes: guest.source)
            if let planes = guest.source { window.attach(planes.asGuest, input: try sink(planes, keyboard)) }
        }
        // All consoles of a VM have the same one.
        shared?.attach(guests[0].source?.guestClipboard)
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

    private func open(_ url: SourceURL, _ loop: EventLoop, _ log: Logger) throws(SourceError) -> [FirstSource] {
        if allConsoles { return try url.openAll(on: loop, log: log).map(FirstSource.there) }
        return [try FirstSource(url, loop, log, isAwaited: wait)]
    }

    /// nil where the guest takes no input, or is to have none.
    private func sink(_ guest: any PlaneSource, _ keyboard: QMPInput?) throws(SourceError) -> (any InputSink)? {
        if viewOnly { return nil }
        if let sink = keyboard ?? (guest as? any InputSink) { return sink }
        guard !grabOnFocus, hostChords == nil else {
            throw SourceError(
                .usage, "\(source.asSubject) this source takes no input: leave out --grab-on-focus and --host-chords")
        }
        return nil
    }

    /// Who brings the window its source again, or at last.
    private func keeper(
        of window: GuestWindow, in windows: Windows, _ first: FirstSource, _ url: SourceURL, _ keyboard: QMPInput?,
        _ shared: HostClipboard?,
        _ loop: EventLoop, _ log: Logger
    ) throws -> SourceKeeper {
        let keeper = try SourceKeeper(of: window, loop: loop, log: log) {
            [unowned window, unowned windows] patience throws(SourceError) in
            let guest = try url.open(on: loop, log: log, patience: patience)
            if title == nil { window.name = guest.name }
            let sink = try sink(guest, keyboard)
            windows.attached(guest, to: window)
            window.attach(guest.asGuest, input: sink)
            shared?.attach(guest.guestClipboard)
        }
        keeper.reconnects = reconnect
        if case .awaited(let error) = first { keeper.wait(after: error, limit: waitLimit.map { UInt64($0 * 1e9) }) }
        return keeper
    }
}
