// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import GuestInput
internal import Logging
internal import Planes
internal import Wayland

/// xdg-shell: roles, configures, sizes.
extension GuestWindow {
    /// A frame callback is a refresh away where the window is seen; a software renderer on a busy machine takes longer.
    private static let framePatience: UInt64 = 3_000_000_000

    func makeToplevel() {
        shell.mode = options.scale ?? .fit
        if compositor.viewporter == nil {
            log.warning("the compositor has no wp_viewporter: the picture is shown one to one, in a window of its own size")
        }
        xdgSurface = compositor.wmBase.getXdgSurface(surface: stage.window.surface.ref)
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
        // A surface larger than the output would end the connection, and without a viewport none can be made to fit.
        if options.isFullscreen, compositor.viewporter != nil { enterFullscreen() }
        makeDecoration()
        followScreens()
        stage.window.commit()
        greetDesktop()
    }

    /// What the window is called; how to leave a grab comes behind.
    var title: String { input?.hint.map { "\(name) - \($0)" } ?? name }

    /// The compositor's configure says what became of it.
    func toggleFullscreen() {
        if shell.state.isFullscreen {
            toplevel?.unsetFullscreen()
        } else if compositor.viewporter != nil {
            enterFullscreen()
        } else {
            log.warning("the compositor has no wp_viewporter: no full screen, since the picture can't be made to fit")
        }
    }

    private func handle(_ event: consuming XdgToplevel.Event) {
        switch consume event {
        case .configure(let width, let height, let states):
            shell.announced.window = width > 0 && height > 0 ? LogicalSize(width: width, height: height) : nil
            shell.announced.state = ToplevelState(states.wireValues())
        case .close: end(.closed)
        case .wmCapabilities(let capabilities):
            shell.capabilities = WindowCapabilities(capabilities.wireValues())
        case .configureBounds(let width, let height):
            shell.announced.most = width > 0 && height > 0 ? LogicalSize(width: width, height: height) : nil
        }
    }

    private func handleConfigure(_ serial: UInt32) {
        let extents = decorationExtents(in: shell.announced.state)
        shell.take(
            shell.announced,
            extents: LogicalSize(width: extents.left + extents.right, height: extents.top + extents.bottom),
            canScale: compositor.viewporter != nil)
        limitGuest()
        shell.pendingSerial = serial
        scheduleResize()
        scheduleOpening()
        steerIdleInhibition()
        execute(pacer.configured())
        expectFrame()
    }

    /// The window was arranged anew, and what that changes must not be kept back for ever by a frame callback that has got lost: mutter
    /// 48 forgets those of a screen that it takes down, until something else has it draw.
    func expectFrame() {
        guard !shell.state.isSuspended else { return frameTimer.disarm() }
        answeredBefore = answeredFrames
        frameTimer.arm(after: Self.framePatience)
    }

    func handleMissingFrame() {
        guard case .running = life, frameCallback != nil, answeredFrames == answeredBefore else { return }
        handleFrame()
    }

    /// Answers a configure and brings geometry, bars and decoration in line, as part of the coming commit. Returns whether it
    /// needs one.
    func acknowledge(_ placement: Placement) -> Bool {
        let isAsked = shell.pendingSerial != nil, isPlaced = placement != shell.applied
        // A frame that changes nothing of the window ends here.
        guard isAsked || isPlaced || decoration?.isOutdated == true else { return false }
        if let serial = shell.pendingSerial {
            xdgSurface?.ackConfigure(serial: serial)
            shell.pendingSerial = nil
        }
        if isPlaced {
            shell.applied = placement
            shell.remember(placement, guest: shell.guest.map(options.rotation.turned))
            stage.arrange(placement, below: (wearsCursor ? nil : cursorSurface) ?? noticeBox?.surface)
        }
        let content = content!
        let isDecorated = arrangeDecoration(content), isNoticed = arrangeNotice()
        return declareGeometry(content) || isDecorated || isNoticed || isAsked || isPlaced
    }

    /// The picture with its bars, on the window's surface; nil before anything was placed.
    var content: LogicalRectangle? {
        shell.applied.map { placement in
            LogicalRectangle(
                x: stage.isFramed ? 0 : -placement.offset.x, y: stage.isFramed ? 0 : -placement.offset.y,
                width: placement.window.width, height: placement.window.height)
        }
    }

    /// What of the surfaces counts as the window: the picture with its bars and our own decoration.
    private func declareGeometry(_ content: LogicalRectangle) -> Bool {
        let extents = decorationExtents
        let geometry = LogicalRectangle(
            x: content.x - extents.left, y: content.y - extents.top, width: content.width + extents.left + extents.right,
            height: content.height + extents.top + extents.bottom)
        guard geometry != shell.geometry else { return false }
        shell.geometry = geometry
        xdgSurface?.setWindowGeometry(x: geometry.x, y: geometry.y, width: geometry.width, height: geometry.height)
        return true
    }
}

extension Placement {
    var hasBars: Bool { destination != window }

    var withoutBars: Placement {
        var placement = self
        placement.window = destination
        placement.offset = (0, 0)
        return placement
    }
}
