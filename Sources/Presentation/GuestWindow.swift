// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import EventLoop
internal import GuestInput
public import Logging
public import Measurement
public import Planes
internal import System
internal import Wayland

/// A guest's display in a window: the primary plane is the toplevel's own buffer where it fills the window, the cursor plane a
/// synchronised subsurface over it. The pacer decides, this executes; everything happens on the loop's thread.
///
/// Files beside this one: `+Source` (as it comes and goes), `+Commit` (the frame path), `+Polling`, `+Shell` (xdg-shell and sizes),
/// `+Screens`, `+Decoration`, `+Desktop`, `+Resize`, `+Notice`, `+Remark`, `+Imports`, `+Pointer` (the cursor plane),
/// `+Input`.
public final class GuestWindow: PlaneSourceDelegate {
    var source: any PlaneSource
    let compositor: Compositor
    let options: WindowOptions
    let loop: EventLoop
    var log: Logger

    public internal(set) var statistics = Statistics()
    /// Called once, when the window has ended and everything is given back.
    public var onEnd: ((WindowEnd) -> Void)?
    /// Called when the source has ended. Where this is set the window doesn't end with it, and awaits ``attach(_:input:)``.
    public var onSourceEnd: ((SourceError) -> Void)?
    /// Called when the user wants a picture of what this source shows.
    public var onScreenshot: ((any PlaneSource) -> Void)?
    /// What the window is called, for its title: at first, as in its options.
    public var name: String {
        didSet { if name != oldValue { toplevel?.setTitle(title: title) } }
    }
    /// Whether there is a source.
    public internal(set) var presence: SourcePresence

    var pacer = FramePacer()
    let importer: BufferImporter
    var primary = PlanePresenter(kind: .primary)
    var cursor = PlanePresenter(kind: .cursor)

    let stage: Stage
    var cursorSurface: PlaneSurface?
    var shell = ShellState()
    var xdgSurface: XdgSurface?
    var toplevel: XdgToplevel?
    /// Where the compositor may decorate the window.
    var negotiation: ZxdgToplevelDecorationV1?
    /// Our own title bar and borders; nil where the compositor draws them, or nobody.
    var decoration: ClientDecoration?
    var fractional: WpFractionalScaleV1?
    /// While it is there the screen stays lit.
    var idleInhibitor: ZwpIdleInhibitorV1?
    /// nil when the window has ended.
    var input: InputSession?
    /// What is said where there is no picture; nil where there is one, or may soon be.
    var notice: Notice?
    /// What is said for a moment, also over a picture.
    var remark: Notice?
    /// Where both are said; nil until that was needed.
    var noticeBox: NoticeBox?
    /// Why the guest's newest picture isn't shown.
    var pictureFault: ImportError?
    /// The path last told in the log.
    var toldPath = Statistics.Path.none

    var tracker: PresentationTracker!
    var frameCallback: WlCallback?
    var frameListener: Listener<WlCallback.Event>!
    /// Frame callbacks that have come.
    private(set) var answeredFrames: UInt64 = 0
    /// When the window was arranged anew, so many had come.
    var answeredBefore: UInt64 = 0
    var frameTimer: TimerSource!
    var pollClock = PollClock()
    /// nil for a source that tells of its changes.
    var pollTimer: TimerSource?
    var blankTimer: TimerSource!
    var remarkTimer: TimerSource!
    var drainTimer: TimerSource!
    /// nil where the guest isn't asked to take the window's size.
    var resizeTimer: TimerSource?
    /// The size that the guest was last asked to take.
    var askedSize: PixelSize?
    var life = Life.running
    /// Of the source's own stale answers, those that are in the statistics.
    var countedStale: UInt64 = 0
    /// What the sources before this one copied.
    var earlierBytesCopied: UInt64 = 0
    /// Faults of one source are told at most this often, however fast it makes them.
    var faultLimit = RateLimit(perSecond: 1)

    enum Life {
        case running
        /// The frame limit is reached: the last reports are awaited, for a short time.
        case draining
        case ended
    }

    /// Opens the window; the first picture maps it, or a notice when there is none for a while. Run the loop afterwards.
    ///
    /// - Parameters:
    ///   - source: nil for one that is awaited, and attached later.
    ///   - input: who takes what is typed and pointed at over the window; nil for a window that only shows.
    public init(
        source given: (any PlaneSource)?, input: (any InputSink)? = nil, compositor: Compositor, options: WindowOptions,
        loop: EventLoop, log: Logger
    ) throws(EventLoopError) {
        let source = given ?? AbsentSource(name: options.title)
        self.source = source
        presence = given == nil ? .awaited(nil) : .present
        self.compositor = compositor
        self.options = options
        name = options.title
        self.loop = loop
        self.log = log
        importer = BufferImporter(compositor, cursor: options.cursor)
        stage = Stage(compositor, rotation: options.rotation, hints: options.hints)
        tracker = PresentationTracker(compositor) { [unowned self] report in record(report) }
        frameListener = Listener { [unowned self] _ in handleFrame() }
        blankTimer = try loop.timer { [unowned self] in handleBlank() }
        remarkTimer = try loop.timer { [unowned self] in endRemark() }
        if source is any PolledPlaneSource { pollTimer = try loop.timer { [unowned self] in execute(pacer.changed()) } }
        frameTimer = try loop.timer { [unowned self] in handleMissingFrame() }
        drainTimer = try loop.timer { [unowned self] in end(.closed) }
        importer.onAnswer = { [unowned self] kind, identity, result in handleImport(kind, identity, result) }
        makeCursor()
        makeInput(input)
        makeToplevel()
        try makeResize()
        try compositor.add(self)
        source.delegate = self
        _ = pacer.changed()
        importEarly()
    }

    /// Ends the window as if the user had closed it.
    public func close() { end(.closed) }

    public func planeSourceDidChange(_ source: any PlaneSource) {
        if shell.applied == nil { importEarly() }
        execute(pacer.changed())
    }

    func execute(_ action: FramePacer.Action) {
        if action == .commit, case .running = life { present() }
        schedulePoll()
    }

    func handleFrame() {
        frameCallback = nil
        answeredFrames &+= 1
        execute(pacer.frameCallback())
    }

    private func record(_ report: PresentationTracker.Report) {
        switch report {
        case .presented(let frame):
            statistics.frames.presented += 1
            if frame.isZeroCopy { statistics.frames.zeroCopy += 1 }
            statistics.commitToPresent.record(nanoseconds: frame.commitToPresent)
            statistics.changeToPresent.record(nanoseconds: frame.changeToPresent)
            pollClock.presented(at: frame.at, refreshInterval: frame.refreshInterval)
        case .discarded: statistics.frames.discarded += 1
        }
        if case .draining = life, tracker.waiting == 0 { end(.closed) }
    }

    /// Gives everything back, roles before surfaces, and tells the owner. The first reason counts.
    func end(_ reason: WindowEnd) {
        if case .ended = life { return }
        life = .ended
        finishStatistics()
        // What is pressed is let go of while the source, which may be the sink too, can still tell the guest.
        input?.close()
        input = nil
        source.delegate = nil
        source.close()
        tracker.close()
        importer.close()
        frameCallback = nil
        negotiation = nil
        idleInhibitor = nil
        fractional = nil
        compositor.screens.forget(stage.window.surface.ref)
        decoration?.close()
        decoration = nil
        noticeBox?.close()
        cursorSurface?.close()
        toplevel = nil
        xdgSurface = nil
        stage.close()
        primary.close()
        cursor.close()
        compositor.remove(self)
        onEnd?(reason)
    }

    /// Brings in what is counted elsewhere. Also for statistics wanted while running.
    public func finishStatistics() {
        statistics.buffers.live = UInt64(primary.liveBuffers + cursor.liveBuffers)
        statistics.bytesCopied = earlierBytesCopied + source.counts.bytesCopied + primary.bytesCopied
        // The source's own count goes on from where it was last brought in.
        statistics.frames.stale += source.counts.staleAnswers - countedStale
        countedStale = source.counts.staleAnswers
    }
}
