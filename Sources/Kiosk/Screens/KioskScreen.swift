// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Glibc
internal import GuestInput
internal import GuestView
internal import GuestWindow
internal import Logging
internal import Measurement
internal import Planes
internal import Surfaces
internal import Viewer

/// One screen of a kiosk: the best of its sources that is there, in a window over a whole output, or its idle picture. It keeps its guest
/// while there is no output or no compositor.
final class KioskScreen {
    let configuration: ScreenConfiguration
    weak var delegate: (any KioskScreenDelegate)?

    /// The output that it is on; nil while there is none.
    private(set) var output: Screen?
    /// The URL of the source that is shown, or would be if there were an output; nil while none is there.
    private(set) var source: String?
    /// Whether a picture has been on the output since the window was opened.
    private(set) var isShown = false
    private let chooser: SourceChooser
    private let loop: EventLoop
    private let log: Logger
    private var desktop: Desktop?
    private var window: GuestWindow?
    /// The statistics of the windows before this one.
    private var earlier = Statistics()
    /// The guest that was shown last, and what it had counted when its window was closed.
    private var last: (planes: any PlaneSource, counted: SourceCounts)?
    /// What is shown while no source is there: the configuration's picture, or a text that is drawn for the output's size.
    private var idle: StillSource?
    private let hasPicture: Bool
    /// When the picture's file was last changed.
    private let pictureTime: timespec?
    /// The size for which the text was drawn.
    private var textSize: PixelSize?
    /// What was last complained of.
    private var complaint: String?
    private var reopenTimer: TimerSource!
    private var answerTimer: TimerSource!
    /// nil where a guest may stand still.
    private var stallWatch: StallWatch?
    private var isCommandRunning = false
    private var isClosed = false

    /// How long a window that the compositor has closed, or that couldn't be opened, stays away.
    private static let reopening: UInt64 = 1_000_000_000
    /// How long after a picture's frame callback its report is awaited: not all compositors that promise reports send them.
    private static let reporting: UInt64 = 1_000_000_000
    private static let usualSize = PixelSize(width: 1920, height: 1080)

    /// - Throws: ``SourceError/Reason/usage`` for an idle picture that can't be read.
    init(
        _ configuration: ScreenConfiguration, loop: EventLoop, log: Logger,
        opener: @escaping (SourceAddress) -> GuestLink.Opener
    ) throws(SourceError) {
        self.configuration = configuration
        self.loop = loop
        self.log = log
        pictureTime = Self.time(of: configuration.idlePicture)
        let picture = try configuration.readIdlePicture()
        idle = try picture.map { (picture) throws(SourceError) in
            try StillSource("idle", size: picture.size, pixels: picture.pixels)
        }
        hasPicture = picture != nil
        chooser = SourceChooser(for: configuration, loop: loop, log: log, opener: opener)
        reopenTimer = loop.timer { [unowned self] in openWindow() }
        answerTimer = loop.timer { [unowned self] in wasShown() }
        chooser.delegate = self
        stallWatch = configuration.stallAfter.map { patience in
            StallWatch(
                patience, loop: loop, onStall: { [unowned self] in handleStall() },
                onReturn: { [unowned self] in self.log.info("the guest's picture moves again")
                })
        }
    }

    /// Begins to look for the sources.
    func start() { chooser.start() }

    /// Whether it is what the configuration's files still say.
    var isCurrent: Bool {
        let now = Self.time(of: configuration.idlePicture)
        return now?.tv_sec == pictureTime?.tv_sec && now?.tv_nsec == pictureTime?.tv_nsec
    }

    private static func time(of path: String?) -> timespec? {
        var status = stat()
        guard let path, stat(path, &status) == 0 else { return nil }
        return status.st_mtim
    }

    /// Says what is wrong, unless that was the last thing that was said.
    func complain(_ text: String) {
        if text != complaint { log.warning("\(text)") }
        complaint = text
    }

    /// Shows it on this output from now on; nil for none. Nothing happens where it is there already, unless the output's size has changed.
    func show(on output: Screen?, of desktop: Desktop?) {
        if output != nil { complaint = nil }
        guard output !== self.output || desktop !== self.desktop else {
            if source == nil, idle != nil, !hasPicture, wantedTextSize != textSize { showIdle() }
            return
        }
        closeWindow()
        self.output = output
        self.desktop = desktop
        openWindow()
    }

    /// Ends everything of its own.
    func close() {
        isClosed = true
        closeWindow()
        chooser.close()
    }

    var status: KioskStatus.ScreenStatus {
        window?.finishStatistics()
        return KioskStatus.ScreenStatus(
            name: configuration.name, output: output.map { $0.facts.name ?? "unnamed" }, source: source,
            statistics: window?.statistics ?? earlier, losses: chooser.losses, stalls: stallWatch?.stalls ?? 0,
            errors: chooser.errors.map(\.message))
    }

    /// How it is, in a few words.
    var summary: String {
        guard output != nil else { return "\(configuration.name): no output" }
        let path = window?.statistics.path ?? .none
        return "\(configuration.name): \(source.map { "\($0) (\(path.rawValue))" } ?? "no source")"
    }

    // MARK: The window

    private func openWindow() {
        guard !isClosed, window == nil, let desktop, let output else { return }
        do throws(EventLoopError) {
            let window = try GuestWindow(on: desktop, options: options(on: output, desktop), loop: loop, log: log)
            window.delegate = self
            window.onShown = { [unowned self] isReported in
                let isPromised = desktop.compositor.reportsPresentation
                if isReported || !isPromised { wasShown() } else { answerTimer.arm(after: Self.reporting) }
            }
            self.window = window
            chooser.takeUp()
        } catch {
            log.warning("the window can't be opened: \(error)")
            reopenTimer.arm(after: Self.reopening)
        }
    }

    private func options(on output: Screen, _ desktop: Desktop) -> WindowOptions {
        var options = WindowOptions(title: configuration.name)
        options.applicationID = "oriel-kiosk"
        options.isFullscreen = true
        options.screen = output
        options.scale = desktop.compositor.canScale ? configuration.scale : nil
        options.decorations = .none
        options.idleInhibition = .always
        options.hasNotices = false
        options.view.rotation = configuration.rotation
        options.view.cursor = configuration.cursor
        options.view.earlier = earlier
        options.hidesCursorAfter = configuration.hideCursorAfter
        options.input = InputOptions(
            chords: ChordTable(lockedBut: configuration.exitChord, host: configuration.hostChords))
        options.input.givesKeys = configuration.input == .all
        return options
    }

    /// The window has gone, or goes now: the guest is kept.
    private func closeWindow() {
        reopenTimer.disarm()
        answerTimer.disarm()
        stallWatch?.end()
        isShown = false
        guard let window else { return }
        self.window = nil
        // A window that has ended can still tell its statistics.
        window.finishStatistics()
        earlier = window.statistics
        if let planes = last?.planes { last = (planes, planes.counts) }
        window.close()
        chooser.setAside()
    }

    private func wasShown() {
        answerTimer.disarm()
        guard !isShown else { return }
        isShown = true
        delegate?.screenWasShown(self)
    }

    // MARK: A guest that stands still

    private func handleStall() {
        let seconds = (configuration.stallAfter ?? 0) / 1_000_000_000, source = source ?? "none"
        log.warning("the picture of \(source) hasn't changed for \(seconds) s or more")
        guard !configuration.stallCommand.isEmpty else { return }
        guard !isCommandRunning else {
            return log.warning("the stall-command is still running from the last time")
        }
        do throws(EventLoopError) {
            let environment = ["ORIEL_SCREEN": configuration.name, "ORIEL_SOURCE": source]
            try ChildSource.run(configuration.stallCommand, environment: environment, on: loop) { [weak self] end in
                guard let self else { return }
                isCommandRunning = false
                if end != .exited(0) { log.warning("the stall-command has failed (\(end))") }
            }
            isCommandRunning = true
        } catch {
            log.warning("the stall-command can't be run: \(error)")
        }
    }

    // MARK: Without a guest

    private func showIdle() {
        guard let window else { return }
        do throws(SourceError) {
            if !hasPicture, idle == nil || wantedTextSize != textSize { idle = try drawText() }
            guard let idle else { return }
            // It isn't the return of the guest that has gone.
            window.detach(.awaited(nil))
            window.attach(Guest(planes: idle), input: nil)
        } catch {
            log.warning("\(error.message)")
        }
    }

    private var wantedTextSize: PixelSize { output?.facts.size.map(configuration.rotation.turned) ?? Self.usualSize }

    private func drawText() throws(SourceError) -> StillSource {
        textSize = wantedTextSize
        let picture = configuration.idleText.map { IdlePicture(text: $0, size: wantedTextSize) } ?? IdlePicture.black
        return try StillSource("idle", size: picture.size, pixels: picture.pixels)
    }
}

extension KioskScreen: SourceChooserDelegate {
    func chooser(_ chooser: SourceChooser, shows guest: Guest, from source: String) {
        self.source = source
        if let window {
            let counted = last.map { $0.planes === guest.planes ? $0.counted : SourceCounts() } ?? SourceCounts()
            last = (guest.planes, counted)
            window.attach(guest, input: configuration.input == .none ? nil : guest.input, counted: counted)
            stallWatch?.begin { [planes = guest.planes] in
                guard case .showing(let info)? = try? planes.query(.primary) else { return window.shownGeneration?.rawValue }
                return info.generation == window.shownGeneration ? info.generation.rawValue : nil
            }
        }
        delegate?.screenDidChange(self)
    }

    func chooserHasNothing(_ chooser: SourceChooser) {
        source = nil
        last = nil
        showIdle()
        delegate?.screenDidChange(self)
    }
}

extension KioskScreen: GuestWindowDelegate {
    func windowDidEnd(_ window: GuestWindow, _ end: WindowEnd) {
        guard window === self.window else { return }
        closeWindow()
        switch end {
        case .left: delegate?.screenWasLeft(self)
        case .compositor: break  // the link to it hears that, too
        case .closed:
            log.warning("the compositor has closed the window: it is opened again")
            reopenTimer.arm(after: Self.reopening)
        }
    }

    func window(_ window: GuestWindow, guestDidEnd error: SourceError) {
        stallWatch?.end()
        window.detach(.lost(error))
        chooser.shownGuestDidEnd(error)
    }

    /// Its window has no chord for it.
    func windowWantsScreenshot(_ window: GuestWindow) {}
}

/// The owner of a screen; called in the loop.
protocol KioskScreenDelegate: AnyObject {
    /// A picture is on its output, for the first time since its window was opened.
    func screenWasShown(_ screen: KioskScreen)
    /// Another source is shown, or none.
    func screenDidChange(_ screen: KioskScreen)
    /// Somebody pressed the exit chord over it.
    func screenWasLeft(_ screen: KioskScreen)
}
