// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
internal import Wayland

/// What the compositor configured, what was made of it, and what the guest's size is.
struct ShellState {
    /// What toplevel.configure said, valid with the xdg_surface.configure that follows.
    struct Announcement {
        /// The size of the whole window; nil where the compositor leaves it to us.
        var window: LogicalSize?
        var state = ToplevelState()
    }

    var announced = Announcement()
    var state = ToplevelState()
    /// What the compositor can do for a window. Before xdg_wm_base 5 it doesn't say: then anything may be tried.
    var capabilities = WindowCapabilities.all
    /// What the compositor gives the picture and its bars; nil where it leaves that to us.
    var configured: LogicalSize?
    /// A configure that no commit has answered yet.
    var pendingSerial: UInt32?
    var scale = SurfaceScale()
    var mode = ScaleMode.fit
    var showsCursor = true
    /// The primary plane's size, once there was one.
    var guest: PixelSize?
    /// The guest's own, turned as it is shown, which a floating window keeps; nil where the user doesn't mind.
    var proportions: PixelSize?
    /// How the last commit placed the picture.
    var applied: Placement?
    /// What was last declared to be the window.
    var geometry: LogicalRectangle?

    /// The size that the compositor wants the whole window to have. Some repeat the size that a window has chosen itself: before
    /// there was a picture it was chosen for want of a better one.
    var wish: LogicalSize? {
        if guest == nil, announced.state.isFloating, announced.window == geometry?.size { return nil }
        return announced.window
    }

    /// The picture with its bars; nil where the guest decides.
    var window: LogicalSize? {
        guard let configured, let proportions, state.isFloating else { return configured }
        return Placement.fitted(proportions, into: configured)
    }

    /// A window's that has never shown a picture, where the compositor leaves that to us.
    private static let sizeWithoutGuest = LogicalSize(width: 640, height: 480)

    /// - Parameters:
    ///   - guest: the primary plane's size, turned as it is shown; nil before there was one.
    ///   - canFrame: whether bars can be drawn.
    func placement(guest: PixelSize?, canFrame: Bool) -> Placement {
        guard let guest else { return Placement(filling: window ?? Self.sizeWithoutGuest) }
        let placement = Placement(guest: guest, window: window, mode: mode, scale: scale)
        // In full screen the compositor centres what is smaller and fills the rest (xdg_toplevel.set_fullscreen).
        return state.isFullscreen && !canFrame ? placement.withoutBars : placement
    }
}

/// What a compositor can do for a window (`xdg_toplevel.wm_capabilities`).
struct WindowCapabilities: OptionSet {
    let rawValue: UInt8

    static let windowMenu = WindowCapabilities(rawValue: 1)
    static let maximize = WindowCapabilities(rawValue: 2)
    static let fullscreen = WindowCapabilities(rawValue: 4)
    static let minimize = WindowCapabilities(rawValue: 8)
    static let all: WindowCapabilities = [.windowMenu, .maximize, .fullscreen, .minimize]

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// - Parameter words: what the compositor said; what isn't known isn't there.
    init(_ words: [UInt32]) {
        self = []
        for word in words {
            switch XdgToplevel.WmCapabilities(rawValue: word) {
            case .windowMenu: insert(.windowMenu)
            case .maximize: insert(.maximize)
            case .fullscreen: insert(.fullscreen)
            case .minimize: insert(.minimize)
            default: break
            }
        }
    }
}
