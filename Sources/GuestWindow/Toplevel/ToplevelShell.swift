// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import GuestInput
internal import GuestView
internal import Logging
internal import Measurement
internal import Planes
internal import Surfaces
internal import Wayland

/// The toplevel of a window: its xdg-shell objects, the compositor's configuration, and the sizes that follow from it.
final class ToplevelShell {
    private(set) var state: ShellState
    let frame: WindowFrame
    private let window: PlaneSurface
    private let compositor: Compositor
    private let options: WindowOptions
    private let log: Logger
    private unowned var owner: (any ToplevelShellOwner)?
    private var xdgSurface: XdgSurface?
    private var toplevel: XdgToplevel?
    private var fractional: WpFractionalScaleV1?
    /// nil once the window is closed: the compositor goes on sending events of its surface until that is gone.
    private var screens: ScreenWatch?

    init(_ window: PlaneSurface, _ compositor: Compositor, seats: Seats, options: WindowOptions, log: Logger) {
        self.window = window
        self.compositor = compositor
        self.options = options
        self.log = log
        state = ShellState(canScale: compositor.canScale, canFrame: compositor.surfaces.subcompositor != nil)
        frame = WindowFrame(around: window, compositor, seats: seats, mode: options.decorations, log: log)
        state.mode = options.scale ?? .fit
    }

    /// Gives the surface its role. The first commit follows.
    func open(for owner: any ToplevelShellOwner) {
        self.owner = owner
        if !compositor.canScale {
            log.warning("the compositor has no wp_viewporter: the picture is shown one to one")
        }
        xdgSurface = compositor.shell.wmBase.getXdgSurface(surface: window.surface.ref)
        xdgSurface!.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .configure(let serial): handleConfigure(serial)
                }
            })
        toplevel = xdgSurface!.getToplevel()
        toplevel!.listen(Listener { [unowned self] event in handle(event) })
        toplevel!.setTitle(title: title)
        toplevel!.setAppId(appId: options.applicationID)
        if options.isFullscreen, canFill { enterFullscreen() }
        frame.onChange = { [unowned self] in limitSize() }
        frame.onCommand = { [unowned self] in perform($0, by: $1) }
        if let ref = toplevel?.ref { frame.begin(ref) }
        limitSize()
        followScreens()
    }

    private var title: String { (owner?.title ?? options.title).cut(toUTF8Count: 1024) }

    /// Updates the title to match the window's.
    func titleDidChange() {
        toplevel?.setTitle(title: title)
        frame.own?.isOutdated = true
    }

    // MARK: Configures and sizes

    /// The longest side that is believed: it is larger than any screen, and sums of such lengths stay within Int32.
    private static let longest: Int32 = 65_535

    /// nil where the compositor leaves the size to us.
    private static func size(_ width: Int32, _ height: Int32) -> LogicalSize? {
        width > 0 && height > 0 ? LogicalSize(width: min(width, longest), height: min(height, longest)) : nil
    }

    private func handle(_ event: consuming XdgToplevel.Event) {
        switch consume event {
        case .configure(let width, let height, let states):
            state.announced.window = Self.size(width, height)
            state.announced.state = ToplevelState(states.wireValues())
        case .close: owner?.shellWasClosed()
        case .wmCapabilities(let capabilities):
            state.capabilities = Set(capabilities.wireValues().map(XdgToplevel.WmCapabilities.init))
        case .configureBounds(let width, let height): state.announced.most = Self.size(width, height)
        }
    }

    private func handleConfigure(_ serial: UInt32) {
        let extents = frame.extents(in: state.announced.state)
        state.configure(
            extents: LogicalSize(width: extents.left + extents.right, height: extents.top + extents.bottom))
        limitGuest()
        state.pendingSerial = serial
        owner?.shellWasConfigured()
    }

    /// Whether a configure waits for its answer, or the frame around the picture for its next commit.
    var awaitsCommit: Bool { state.pendingSerial != nil || frame.own?.isOutdated == true }

    /// Answers a configure, as part of the coming commit. Returns whether there was one.
    func answerConfigure() -> Bool {
        guard let serial = state.pendingSerial else { return false }
        xdgSurface?.ackConfigure(serial: serial)
        state.pendingSerial = nil
        return true
    }

    func placement(of guest: PixelSize?, canFrame: Bool) -> Placement { state.placement(guest: guest, canFrame: canFrame) }

    func pictureWillMove(to placement: Placement, of guest: PixelSize?) { state.remember(placement, guest: guest) }

    /// The guest's proportions, turned as they are shown, which a floating window keeps from now on.
    func keepProportions(_ size: PixelSize) { state.proportions = size }

    /// Draws title bar and borders around the picture. Returns whether they need a commit.
    func decorate(_ content: LogicalRectangle) -> Bool { frame.arrange(content, title: title, state) }

    /// Declares which part of the surfaces counts as the window: the picture with its bars and our own decoration. Returns whether it
    /// has changed.
    func declareGeometry(_ content: LogicalRectangle) -> Bool {
        let extents = frame.extents(in: state.state)
        let geometry = LogicalRectangle(
            x: content.x - extents.left, y: content.y - extents.top, width: content.width + extents.left + extents.right,
            height: content.height + extents.top + extents.bottom)
        guard geometry != state.geometry else { return false }
        state.geometry = geometry
        xdgSurface?.setWindowGeometry(x: geometry.x, y: geometry.y, width: geometry.width, height: geometry.height)
        return true
    }

    /// Keeps the window large enough to grab.
    private func limitSize() {
        let extents = frame.extents(in: state.state)
        let width = max(64, frame.leastWidth(state.capabilities))
        toplevel?.setMinSize(width: width + extents.left + extents.right, height: 64 + extents.top + extents.bottom)
    }

    // MARK: Screens and scale

    private func followScreens() {
        screens = ScreenWatch(window.surface.ref, among: compositor.screens) { [unowned self] in followScreenScale() }
        window.surface.listen(
            Listener { [unowned self] event in
                guard let screens else { return }
                switch consume event {
                case .enter(let output):
                    screens.surface(isOn: output, true)
                    owner?.shellWasArranged()
                case .leave(let output): screens.surface(isOn: output, false)
                default: break  // the screens tell their scale and turn
                }
            })
        // Without a viewport a picture has one size, whatever the scale.
        guard compositor.canScale else { return }
        guard compositor.shell.fractionalScale != nil else { return followScreenScale() }
        fractional = compositor.shell.fractionalScale!.getFractionalScale(surface: window.surface.ref)
        fractional!.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .preferredScale(let scale): if scale > 0 { follow(SurfaceScale(numerator: scale)) }
                }
            })
    }

    /// Derives the scale from the screens, where the compositor has no fractional-scale.
    private func followScreenScale() {
        guard compositor.canScale, fractional == nil, let scale = screens?.scale else { return }
        follow(scale)
    }

    private func follow(_ scale: SurfaceScale) {
        guard scale != state.scale else { return }
        state.scale = scale
        limitGuest()
        frame.own?.isOutdated = true
        owner?.shellScaleDidChange()
    }

    /// Keeps a guest that decides on the window's size from making it larger than the screen, where the compositor recommends no size.
    /// Our own title bar isn't counted, so that a guest as large as the screen is shown pixel for pixel.
    private func limitGuest() {
        guard compositor.canScale else { return state.most = nil }
        if state.announced.most == nil { state.most = screens?.room }
    }

    /// The mode for a guest that is shown in this many device pixels of this window; nil for a closed one.
    func mode(_ size: PixelSize) -> DisplayMode? { screens?.mode(size) }

    /// Everything about the window and its screen that keeps a picture of this size from being scanned out.
    func scanoutObstacles(to size: PixelSize, _ transform: WlOutput.Transform) -> ScanoutObstacles {
        var obstacles: ScanoutObstacles = []
        if !state.state.isFullscreen { obstacles.insert(.notFullscreen) }
        if frame.own != nil, !state.state.isFullscreen { obstacles.insert(.decoration) }
        guard let screen = screens?.facts else { return obstacles }
        if let mode = screen.size, mode != size { obstacles.insert(.otherSize) }
        if screen.transform != transform { obstacles.insert(.turned) }
        return obstacles
    }

    // MARK: What the user does with the window

    /// Whether the window can be as large as a screen. A surface larger than its output would end the connection.
    private var canFill: Bool { state.canScale || state.canFrame }

    /// Requests full screen, on the screen that the user has named if it's there.
    private func enterFullscreen() {
        let screen = options.screen ?? options.output.flatMap { compositor.screens.named($0) }
        toplevel?.setFullscreen(output: screen?.ref)
    }

    /// Requests full screen, or its end. The compositor answers with a configure.
    func toggleFullscreen() {
        if state.state.isFullscreen {
            toplevel?.unsetFullscreen()
        } else if canFill {
            enterFullscreen()
        } else {
            log.warning(
                "the compositor has neither wp_viewporter nor wl_subcompositor: no full screen, since the window can't be made to fit"
            )
        }
    }

    private func perform(_ command: ClientDecoration.Command, by seat: Seat) {
        guard let ref = seat.ref, let serial = seat.serial else { return }
        switch command {
        case .move: toplevel?.move(seat: ref, serial: serial)
        case .resize(let edge): toplevel?.resize(seat: ref, serial: serial, edges: edge)
        case .menu(let x, let y):
            if state.capabilities.contains(.windowMenu) { toplevel?.showWindowMenu(seat: ref, serial: serial, x: x, y: y) }
        case .toggleMaximised: state.state.isMaximised ? toplevel?.unsetMaximized() : toplevel?.setMaximized()
        case .minimise: toplevel?.setMinimized()
        case .enterFullscreen: enterFullscreen()
        case .close: owner?.shellWasClosed()
        }
    }

    // MARK: The end

    /// Ends what depends on the surface and its role. Call this before the children of the cursor and the notice go.
    func closeFrame() {
        fractional = nil
        screens = nil
        frame.close()
    }

    /// Ends the surface's role. Call this before the surface goes.
    func close() {
        toplevel = nil
        xdgSurface = nil
    }
}

/// The window that a toplevel belongs to.
protocol ToplevelShellOwner: AnyObject {
    /// The window's title.
    var title: String { get }
    /// The compositor has configured the toplevel; the answer goes out with the next commit.
    func shellWasConfigured()
    /// The toplevel is on another screen.
    func shellWasArranged()
    /// The number of device pixels per logical unit has changed.
    func shellScaleDidChange()
    /// The user has closed the window.
    func shellWasClosed()
}

extension String {
    /// The longest beginning of whole characters with at most this many bytes of UTF-8: a Wayland message has room for 4096.
    fileprivate func cut(toUTF8Count most: Int) -> String {
        var count = 0
        let end = indices.first { index in
            count += self[index].utf8.count
            return count > most
        }
        return end.map { String(self[..<$0]) } ?? self
    }
}
