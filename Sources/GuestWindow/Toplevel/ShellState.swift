// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import GuestView
internal import Planes
internal import Surfaces
internal import Wayland

/// The compositor's configuration of a window, and the sizes that follow from it: a value.
struct ShellState {
    /// The content of `xdg_toplevel.configure`, which takes effect with the `xdg_surface.configure` that follows.
    struct Announcement {
        /// The size of the whole window; nil where the compositor leaves it to us.
        var window: LogicalSize?
        /// The largest size that the compositor recommends; nil where it doesn't say.
        var most: LogicalSize?
        var state = ToplevelState()
    }

    /// Whether a picture can be shown in a size other than its own.
    let canScale: Bool
    /// Whether a picture can be shown in a window of another size.
    let canFrame: Bool
    var announced = Announcement()
    var state = ToplevelState()
    /// What the compositor can do for a window. Before xdg_wm_base 5 it doesn't say, and anything may be tried.
    var capabilities: Set<XdgToplevel.WmCapabilities> = [.windowMenu, .maximize, .fullscreen, .minimize]
    /// The size that the compositor, or the user, gives the picture with its bars; nil where the guest decides.
    private(set) var configured: LogicalSize?
    /// The size of the picture with its bars when the window was last floating.
    private var floating: LogicalSize?
    /// The guest's size, turned as it is shown, before a maximised, tiled or full-screen window asked it to change.
    private var unasked: PixelSize?
    /// The largest size that the guest may decide for; nil for no limit.
    var most: LogicalSize?
    /// A configure that no commit has answered yet.
    var pendingSerial: UInt32?
    var scale = SurfaceScale()
    var mode = ScaleMode.fit
    /// The guest's proportions, turned as they are shown, which a floating window keeps; nil unless the user wants that.
    var proportions: PixelSize?
    /// The window geometry last declared.
    var geometry: LogicalRectangle?

    init(canScale: Bool, canFrame: Bool) { (self.canScale, self.canFrame) = (canScale, canFrame) }

    /// Applies what the compositor has announced.
    ///
    /// - Parameter extents: how much larger than the picture with its bars the window is, in the announced state.
    mutating func configure(extents: LogicalSize) {
        let wasFloating = state.isFloating
        state = announced.state
        func picture(_ window: LogicalSize) -> LogicalSize {
            LogicalSize(width: max(1, window.width - extents.width), height: max(1, window.height - extents.height))
        }
        most = announced.most.map(picture)
        if let window = announced.window, canScale || canFrame && !state.isFloating {
            // Some compositors repeat a size that the window chose itself. The guest may still change it.
            let isOurs = configured == nil && wasFloating && state.isFloating && window == geometry?.size
            if !isOurs { configured = picture(window) }
        } else if !state.isFloating || !canScale {
            configured = nil
        } else if !wasFloating {
            // The guest may have taken the whole screen's size meanwhile.
            configured =
                floating
                ?? unasked.map {
                    let natural = natural($0)
                    return limited($0, natural: natural) ?? natural
                }
        }
    }

    /// The size of the picture with its bars; nil where the guest decides.
    var window: LogicalSize? {
        guard let configured, let proportions, state.isFloating else { return configured }
        return Placement.fitted(proportions, into: configured)
    }

    /// The size of a window that has never shown a picture, where the compositor leaves it to us.
    private static let sizeWithoutGuest = LogicalSize(width: 640, height: 480)

    /// The size with one guest pixel on one device pixel.
    private func natural(_ guest: PixelSize) -> LogicalSize {
        Placement(guest: guest, window: nil, mode: mode, scale: scale).window
    }

    /// The size for a guest that is larger than the available room, in its proportions; nil for a guest that fits.
    private func limited(_ guest: PixelSize, natural: LogicalSize) -> LogicalSize? {
        guard let most, natural.width > most.width || natural.height > most.height else { return nil }
        return Placement.fitted(guest, into: most)
    }

    /// Remembers the size of a floating window, for when it floats again.
    mutating func remember(_ placement: Placement, guest: PixelSize?) {
        if state.isFloating { floating = guest == nil ? nil : placement.window } else { unasked = unasked ?? guest }
    }

    /// - Parameters:
    ///   - guest: the primary plane's size, turned as it is shown; nil before there was one.
    ///   - canFrame: whether bars can be drawn.
    func placement(guest: PixelSize?, canFrame: Bool) -> Placement {
        guard let guest else { return Placement(filling: window ?? Self.sizeWithoutGuest) }
        let window = window
        if !canScale, let window { return Placement(unscaled: guest, in: window) }
        var placement = Placement(guest: guest, window: window, mode: mode, scale: scale)
        if window == nil, state.isFloating, let size = limited(guest, natural: placement.window) {
            placement = Placement(guest: guest, window: size, mode: mode, scale: scale)
        }
        // In full screen the compositor centres what is smaller and fills the rest (xdg_toplevel.set_fullscreen).
        return state.isFullscreen && !canFrame ? placement.withoutBars : placement
    }
}

/// What the compositor says a window is (xdg_toplevel.state). Several states at once are usual.
struct ToplevelState: Equatable {
    let isFullscreen: Bool
    let isMaximised: Bool
    /// Whether it is at a screen's or another window's edge.
    let isTiled: Bool
    /// Whether it has the focus, or should look so.
    let isActivated: Bool
    /// Whether nobody can see it (from xdg_wm_base 6 on).
    let isSuspended: Bool

    /// - Parameter wire: the event's numbers; unknown ones are ignored.
    init(_ wire: [UInt32] = []) {
        let states = Set(wire.map(XdgToplevel.State.init))
        isFullscreen = states.contains(.fullscreen)
        isMaximised = states.contains(.maximized)
        isTiled = !states.isDisjoint(with: [.tiledLeft, .tiledRight, .tiledTop, .tiledBottom])
        isActivated = states.contains(.activated)
        isSuspended = states.contains(.suspended)
    }

    /// Whether the window may choose its size: a configured size is then only the largest one.
    var isFloating: Bool { !isFullscreen && !isMaximised && !isTiled }
}
