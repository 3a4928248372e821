// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import GuestInput
internal import Logging
internal import Planes
internal import Wayland

/// What the compositor configured, what was made of it, and what the guest's size is.
struct ShellState {
    /// The size that the compositor asks for; nil where it leaves it to us.
    var configured: LogicalSize?
    /// A configure that no commit has answered yet.
    var pendingSerial: UInt32?
    var scale = SurfaceScale()
    var mode = ScaleMode.fit
    var showsCursor = true
    /// The primary plane's size, once there was one.
    var guest: PixelSize?
    /// How the last commit placed the picture.
    var applied: Placement?
    /// What toplevel.configure said, valid with the xdg_surface.configure that follows.
    var announced: LogicalSize?
    var isFullscreen = false
    /// Whether the compositor says that nobody can see the window (from xdg_wm_base 6 on).
    var isSuspended = false

    /// - Parameter canFrame: whether bars can be drawn.
    func placement(guest: PixelSize, canFrame: Bool) -> Placement {
        let placement = Placement(guest: guest, window: configured, mode: mode, scale: scale)
        // In full screen the compositor centres what is smaller and fills the rest (xdg_toplevel.set_fullscreen).
        return isFullscreen && !canFrame ? placement.withoutBars : placement
    }
}

/// xdg-shell: roles, configures, sizes.
extension GuestWindow {
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
        var toplevel = xdgSurface!.getToplevel()
        toplevel.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .configure(let width, let height, let states):
                    let states: [UInt32] = states.wireValues()
                    shell.isFullscreen = states.contains(XdgToplevel.State.fullscreen.rawValue)
                    shell.isSuspended = states.contains(XdgToplevel.State.suspended.rawValue)
                    shell.announced = width > 0 && height > 0 ? LogicalSize(width: width, height: height) : nil
                case .close: end(.closed)
                case .configureBounds: break
                case .wmCapabilities: break
                }
            })
        toplevel.setTitle(title: title)
        toplevel.setAppId(appId: options.applicationID)
        // A surface larger than the output would end the connection, and without a viewport none can be made to fit.
        if options.isFullscreen, compositor.viewporter != nil { toplevel.setFullscreen(output: nil) }
        if compositor.decoration != nil {
            decoration = compositor.decoration!.getToplevelDecoration(toplevel: toplevel.ref)
            decoration!.setMode(mode: .serverSide)
        }
        self.toplevel = consume toplevel
        followScale()
        stage.window.commit()
    }

    /// What the window is called; how to leave a grab comes behind.
    var title: String { input?.hint.map { "\(name) - \($0)" } ?? name }

    /// The compositor's configure says what became of it.
    func toggleFullscreen() {
        if shell.isFullscreen {
            toplevel?.unsetFullscreen()
        } else if compositor.viewporter != nil {
            toplevel?.setFullscreen(output: nil)
        } else {
            log.warning("the compositor has no wp_viewporter: no full screen, since the picture can't be made to fit")
        }
    }

    private func followScale() {
        guard compositor.viewporter != nil, compositor.fractionalScale != nil else { return }
        fractional = compositor.fractionalScale!.getFractionalScale(surface: stage.window.surface.ref)
        fractional!.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .preferredScale(let scale):
                    guard scale > 0, scale != shell.scale.numerator else { return }
                    shell.scale.numerator = scale
                    scheduleResize()
                    execute(pacer.changed())
                }
            })
    }

    private func handleConfigure(_ serial: UInt32) {
        // Without a viewport no other size than the buffer's can be had.
        shell.configured = compositor.viewporter == nil ? nil : shell.announced
        shell.pendingSerial = serial
        scheduleResize()
        execute(pacer.configured())
    }

    /// Answers a configure and brings geometry and bars in line, as part of the coming commit. Returns whether it needs one.
    func acknowledge(_ placement: Placement) -> Bool {
        var isNew = false
        if let serial = shell.pendingSerial {
            xdgSurface?.ackConfigure(serial: serial)
            shell.pendingSerial = nil
            isNew = true
        }
        guard placement != shell.applied else { return isNew }
        shell.applied = placement
        stage.arrange(placement, below: wearsCursor ? nil : cursorSurface)
        let corner = stage.isFramed ? (x: 0, y: 0) : (x: -placement.offset.x, y: -placement.offset.y)
        xdgSurface?.setWindowGeometry(
            x: corner.x, y: corner.y, width: placement.window.width, height: placement.window.height)
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
