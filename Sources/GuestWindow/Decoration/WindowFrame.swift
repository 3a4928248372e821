// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import GuestInput
internal import Logging
internal import Surfaces
internal import System
internal import Wayland

/// The title bar and borders of a window: the compositor's, or our own around the picture.
final class WindowFrame {
    /// Our own decoration; nil where the compositor draws one, or nobody.
    private(set) var own: ClientDecoration?
    /// Called when the compositor has taken the decoration over, or has left it to us.
    var onChange: (() -> Void)?
    /// Called with what the user does with our own decoration, and the seat.
    var onCommand: ((ClientDecoration.Command, Seat) -> Void)?

    private let window: PlaneSurface
    private let compositor: Compositor
    private let seats: Seats
    private let mode: DecorationMode
    private let log: Logger
    private var negotiation: ZxdgToplevelDecorationV1?
    private var faultLimit = RateLimit(perSecond: 1)

    init(around window: PlaneSurface, _ compositor: Compositor, seats: Seats, mode: DecorationMode, log: Logger) {
        self.window = window
        self.compositor = compositor
        self.seats = seats
        self.mode = mode
        self.log = log
    }

    /// Negotiates with the compositor who draws them. The toplevel is there already.
    func begin(_ toplevel: XdgToplevel.Ref) {
        if compositor.shell.decoration != nil {
            negotiation = compositor.shell.decoration!.getToplevelDecoration(toplevel: toplevel)
            if mode.asksCompositor {
                negotiation!.listen(
                    Listener { [unowned self] event in
                        switch consume event {
                        case .configure(let answer):
                            decorate(ourselves: answer == .clientSide && mode == .auto)
                            onChange?()
                        }
                    })
            }
            negotiation!.setMode(mode: mode.asksCompositor ? .serverSide : .clientSide)
        } else if mode == .server {
            log.warning("the compositor has no xdg-decoration: the window has no title bar")
        }
        switch mode {
        case .client: decorate(ourselves: true)
        case .auto: decorate(ourselves: compositor.shell.decoration == nil)
        case .server, .none: break
        }
    }

    private func decorate(ourselves: Bool) {
        guard ourselves != (own != nil) else { return }
        guard ourselves else {
            _ = own!.hide()
            own!.close()
            own = nil
            return
        }
        guard compositor.surfaces.subcompositor != nil, compositor.canScale else {
            return log.info("the compositor draws no title bar, and lacks wl_subcompositor or wp_viewporter for one of ours")
        }
        own = ClientDecoration(compositor, seats: seats, around: window) { [unowned self] in onCommand?($0, $1) }
    }

    /// How much larger the window is than the picture with its bars, at each side.
    func extents(in state: ToplevelState) -> (left: Int32, top: Int32, right: Int32, bottom: Int32) {
        guard own != nil, !state.isFullscreen else { return (0, 0, 0, 0) }
        return DecorationLayout.extents(hasBorders: !state.isMaximised)
    }

    /// The width that the buttons need, in logical units.
    func leastWidth(_ capabilities: Set<XdgToplevel.WmCapabilities>) -> Int32 {
        own == nil ? 0 : DecorationLayout.titleHeight * Int32(Self.buttons(capabilities).count)
    }

    /// The buttons in the order in which they get room.
    private static func buttons(_ capabilities: Set<XdgToplevel.WmCapabilities>) -> [DecorationLayout.Button] {
        var buttons = [DecorationLayout.Button.close]
        if capabilities.contains(.maximize) { buttons.append(.maximise) }
        if capabilities.contains(.minimize) { buttons.append(.minimise) }
        if capabilities.contains(.fullscreen) { buttons.append(.fullscreen) }
        return buttons
    }

    /// Updates our own decoration to match the window.
    ///
    /// - Parameter content: the picture with its bars, on the window's surface.
    /// - Returns: whether a commit is needed.
    func arrange(_ content: LogicalRectangle, title: String, _ shell: ShellState) -> Bool {
        guard let own else { return false }
        guard !shell.state.isFullscreen else { return own.hide() }
        let layout = DecorationLayout(
            content: content.size, hasBorders: !shell.state.isMaximised, buttons: Self.buttons(shell.capabilities))
        return own.wear(
            ClientDecoration.Look(
                title: title, layout: layout, x: content.x, y: content.y, isActivated: shell.state.isActivated,
                isMaximised: shell.state.isMaximised, scale: shell.scale)
        ) { error in
            if faultLimit.pass(at: EventLoop.now()) != nil { log.warning("the title bar can't be drawn: \(error)") }
        }
    }

    func close() {
        negotiation = nil
        own?.close()
        own = nil
    }
}
