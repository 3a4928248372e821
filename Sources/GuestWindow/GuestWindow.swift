// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import EventLoop
package import GuestInput
public import GuestView
public import Logging
public import Measurement
public import Planes
package import Surfaces
package import Wayland

/// A guest in a desktop window: its planes on a view, a toplevel around it, notices over it, and input from the host's devices.
///
/// The guest is borrowed: whoever opened it closes it, and decides what follows when it ends or when the user closes the window.
public final class GuestWindow {
    public weak var delegate: (any GuestWindowDelegate)?
    /// What the window is called, for its title: at first, as in its options.
    public var name: String {
        didSet { if name != oldValue { shell.titleDidChange() } }
    }

    /// Called when the first picture is on screen, at most once for each value: whether the compositor has reported that, or has only asked
    /// for the next frame.
    package var onShown: ((_ isReported: Bool) -> Void)?

    private let desktop: Desktop
    private let options: WindowOptions
    private let surface: PlaneSurface
    private let transaction: Transaction
    let view: GuestView
    let shell: ToplevelShell
    private let notices: NoticeBoard
    let overlay: FrameOverlay
    private let sizing: GuestSizing
    /// nil where the cursor is never hidden.
    private var rest: CursorRest?
    /// nil when the window has ended.
    private(set) var input: InputSession?
    /// While it is there the screen stays lit.
    private var idleInhibitor: ZwpIdleInhibitorV1?
    /// Whether idle inhibition must be looked at again after this commit.
    private var outdatesLight = false

    /// Opens the window, which awaits a guest; its first picture maps it, or a notice when there is none for a while. Run the loop
    /// afterwards.
    public init(on desktop: Desktop, options: WindowOptions, loop: EventLoop, log: Logger) throws(EventLoopError) {
        self.desktop = desktop
        self.options = options
        name = options.title
        let compositor = desktop.compositor
        surface = PlaneSurface(compositor.surfaces, rotation: options.view.rotation, hints: options.view.hints)
        let transaction = Transaction(surface, over: compositor)
        self.transaction = transaction
        view = GuestView(on: surface, transaction, of: compositor, options: options.view, loop: loop, log: log)
        notices = NoticeBoard(on: surface, compositor, loop: loop, log: log) { transaction.mark(.notice) }
        overlay = FrameOverlay(on: surface, compositor, recorder: options.view.recorder, loop: loop, log: log) {
            transaction.mark(.notice)
        }
        sizing = GuestSizing(rotation: options.view.rotation, loop: loop, log: log)
        shell = ToplevelShell(surface, compositor, seats: desktop.seats, options: options, log: log)
        view.host = self
        sizing.onSettled = { [unowned self] in sizing.ask(shell.state, guestSize: view.guestSize) { shell.mode($0) } }
        input = InputSession(
            window: self, surface: surface.surface.ref, sink: nil, seats: desktop.seats, options: options.input, log: log)
        input!.cursor = view.shownCursor
        if options.view.cursor == .pointer, desktop.seats.all.isEmpty {
            log.warning("the compositor has no wl_seat: there is no pointer to wear the guest's cursor")
        }
        if let delay = options.hidesCursorAfter {
            rest = CursorRest(after: delay, loop: loop) { [unowned self] in cursorRestDidChange() }
            view.onCursorMove = { [unowned self] in rest?.moved() }
        }
        try transaction.begin(for: self, on: loop)
        shell.open(for: self)
        desktop.greet(surface, options, log)
        transaction.mark(.role)
    }

    deinit {
        // Nobody can call it back any more.
        input?.window = nil
        view.host = nil
        close()
    }

    /// Whether the window has its guest.
    public var presence: GuestPresence { view.presence }

    public var statistics: Statistics { view.statistics }
    /// The memory's layout of the picture that is shown, or was shown last; nil where there is none.
    package var pictureLayout: PlaneLayout? { view.shownLayout }

    /// The generation of the picture that is shown; nil while there is none.
    package var shownGeneration: Generation? { view.shownGeneration }

    /// Adds what is counted elsewhere. Also for statistics wanted while running.
    public func finishStatistics() { view.finishStatistics() }

    /// Shows this guest from now on. The picture of the one before stays until there is a new one, or until the new guest has shown
    /// nothing for a moment.
    ///
    /// - Parameter sink: who takes what is typed and pointed at over the window; nil for a window that only shows.
    public func attach(_ guest: Guest, input sink: (any InputSink)?) { attach(guest, input: sink, counted: SourceCounts()) }

    /// - Parameter counted: what the guest has counted that the earlier statistics have already (``ViewOptions/earlier``).
    package func attach(_ guest: Guest, input sink: (any InputSink)?, counted: SourceCounts) {
        guard input != nil else { return }
        let modes = options.resizesGuest ? guest.modes : nil
        sizing.attach(modes?.isResizable == true ? modes : nil, name: guest.planes.name)
        input?.attach(sink)
        view.attach(guest.planes, counted: counted)
        sizing.windowDidChange(shell.state, guestSize: view.guestSize)
    }

    /// There is no guest from now on; its last picture stays, and a notice says why. Input goes nowhere unless there is a sink.
    ///
    /// - Parameter sink: who goes on taking input.
    public func detach(_ presence: GuestPresence, input sink: (any InputSink)? = nil) {
        guard input != nil else { return }
        sizing.attach(nil, name: name)
        input?.attach(sink)
        view.detach(presence)
        if notices.notice != nil { notices.say(Notice(view.reasonForNothing)) }
    }

    /// Uses this rung of the fallback ladder alone from now on, also for the picture on screen; nil for the highest that takes it.
    package func force(_ path: Statistics.Path?) { view.force(path) }

    /// Commits by this mode from now on.
    package func use(_ latency: LatencyMode) { view.use(latency) }

    /// Says something at the foot of the window for four seconds, in place of what it said before. Does nothing before the window is
    /// mapped: log what must not be missed.
    ///
    /// - Parameter detail: what is said below it, smaller.
    public func say(_ headline: String, _ detail: String? = nil) {
        guard options.hasNotices, view.isOpen, view.isMapped else { return }
        notices.remark(Notice(headline: headline, reason: detail))
    }

    /// Ends the window as if the user had closed it, without telling the delegate.
    public func close() {
        guard let input else { return }
        // What is pressed is let go of while the guest can still be told.
        input.close()
        self.input = nil
        sizing.close()
        rest?.close()
        view.close()
        idleInhibitor = nil
        shell.closeFrame()
        overlay.close()
        notices.close()
        view.closeCursor()
        // Roles go before their surfaces.
        shell.close()
        view.closeSurfaces()
    }

    private func end(_ end: WindowEnd) {
        guard input != nil else { return }
        close()
        delegate?.windowDidEnd(self, end)
    }

    /// Keeps the screen lit exactly while the user wants that and there is a picture. Called wherever either changes.
    private func steerIdleInhibition() {
        outdatesLight = false
        let isWanted =
            switch options.idleInhibition {
            case .always: showsPicture
            case .fullscreen: showsPicture && shell.state.state.isFullscreen
            case .never: false
            }
        guard isWanted != (idleInhibitor != nil), desktop.compositor.shell.idleInhibition != nil else { return }
        if isWanted {
            idleInhibitor = desktop.compositor.shell.idleInhibition!.createInhibitor(surface: surface.surface.ref)
        } else {
            idleInhibitor = nil
        }
    }

    private var showsPicture: Bool { view.isMapped && notices.notice == nil && !view.isDark }
}

extension GuestWindow: Composer {
    package func compose(_ changes: Transaction.Changes) -> Bool {
        var needsCommit = view.compose(changes, for: self)
        if changes.contains(.notice), let content = view.content { needsCommit = arrangeNotices(in: content) || needsCommit }
        if outdatesLight { steerIdleInhibition() }
        return needsCommit
    }

    package func commitWasFlushed() { view.commitWasFlushed() }

    package func connectionDidEnd(_ error: WaylandError) { end(.compositor("\(error)")) }
}

extension GuestWindow: GuestViewHost {
    package func placement(of guest: PixelSize?, canFrame: Bool) -> Placement {
        shell.placement(of: guest, canFrame: canFrame)
    }

    package var awaitsCommit: Bool { shell.awaitsCommit }

    package func answerConfigure() -> Bool { shell.answerConfigure() }

    package func pictureWillMove(to placement: Placement, of guest: PixelSize?) {
        shell.pictureWillMove(to: placement, of: guest)
    }

    package func surround(_ content: LogicalRectangle) -> Bool {
        let isDecorated = shell.decorate(content), isNoticed = arrangeNotices(in: content)
        return shell.declareGeometry(content) || isDecorated || isNoticed
    }

    package var lowestOverlay: PlaneSurface? { overlay.surface ?? notices.surface }

    /// Updates all that is said over the picture.
    private func arrangeNotices(in content: LogicalRectangle) -> Bool {
        let scale = shell.state.scale, isNoticed = notices.arrange(in: content, scale: scale)
        return overlay.arrange(in: content, scale: scale, below: notices.surface) || isNoticed
    }

    package func pictureWillShow(_ size: PixelSize) {
        if notices.takeNoticeAway() || !showsPicture { outdatesLight = true }
        // A guest that has taken the size of the window must not change the window's proportions by its rounding.
        if options.keepsAspect, size != sizing.asked { shell.keepProportions(options.view.rotation.turned(size)) }
    }

    package func pictureIsMissing() -> Bool {
        outdatesLight = true
        guard options.hasNotices else {
            // Darkness is all that there is to see.
            onShown?(false)
            return false
        }
        notices.set(Notice(view.reasonForNothing))
        return notices.arrange(in: view.content, scale: shell.state.scale)
    }

    package func view(shows cursor: ShownCursor) { input?.cursor = cursor }

    package func scanoutObstacles(to size: PixelSize, _ transform: WlOutput.Transform) -> ScanoutObstacles {
        var obstacles = shell.scanoutObstacles(to: size, transform)
        if notices.isShown { obstacles.insert(.notice) }
        if overlay.isShown { obstacles.insert(.overlay) }
        return obstacles
    }

    package func viewWasShown(isReported: Bool) { onShown?(isReported) }

    package func guestDidEnd(_ error: SourceError) { delegate?.window(self, guestDidEnd: error) }

    package func viewDidFinish() { end(.closed) }
}

extension GuestWindow: ToplevelShellOwner {
    /// The window's title, followed during a grab by the way to leave it.
    var title: String { input?.hint.map { "\(name) - \($0)" } ?? name }

    func shellWasConfigured() {
        sizing.windowDidChange(shell.state, guestSize: view.guestSize)
        view.configured(isSuspended: shell.state.state.isSuspended)
        steerIdleInhibition()
    }

    func shellWasArranged() { view.wasArranged() }

    func shellScaleDidChange() {
        if notices.notice != nil || notices.remark != nil || overlay.isOn { transaction.mark(.notice) }
        sizing.windowDidChange(shell.state, guestSize: view.guestSize)
        view.surroundingsChanged()
        view.wasArranged()
    }

    func shellWasClosed() { end(.closed) }
}

extension GuestWindow: InputWindow {
    package var pointerMapping: PointerMapping? {
        guard let placement = view.placement, let guest = view.guestSize else { return nil }
        return PointerMapping(placement, of: guest, rotation: options.view.rotation, isFramed: view.isFramed)
    }

    package func pointerWasUsed() { rest?.moved() }

    private func cursorRestDidChange() {
        guard let rest, let input else { return }
        view.hideCursor(rest.isResting)
        input.isPointerResting = rest.isResting
    }

    package func perform(_ action: WindowAction) {
        switch action {
        case .toggleFullscreen: shell.toggleFullscreen()
        case .takeScreenshot: delegate?.windowWantsScreenshot(self)
        case .toggleOverlay: toggleOverlay()
        case .exit: end(.left)
        }
    }

    private func toggleOverlay() {
        overlay.toggle()
        // Somebody else may be measuring.
        if options.view.recorder == nil { view.record(into: overlay.isOn ? overlay.recorder : nil) }
    }

    package func inputHintDidChange() {
        shell.titleDidChange()
        // Our own title bar says it too.
        if shell.awaitsCommit { view.surroundingsChanged() }
        if let hint = input?.hint, shell.state.state.isFullscreen { say(hint) }
    }
}

/// Whether a window has its guest.
public typealias GuestPresence = GuestView.Presence

/// The owner of a window.
public protocol GuestWindowDelegate: AnyObject {
    /// The window has ended by itself, and everything of its own is given back.
    func windowDidEnd(_ window: GuestWindow, _ end: WindowEnd)
    /// The guest has ended by itself. The window holds its last picture: close the guest, and detach it or close the window.
    func window(_ window: GuestWindow, guestDidEnd error: SourceError)
    /// The user wants a picture of what the guest shows.
    func windowWantsScreenshot(_ window: GuestWindow)
}
