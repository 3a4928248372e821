// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import GuestView
internal import Planes
internal import Surfaces
internal import Wayland

/// What the compositor has configured, and the sizes that follow from it: a value.
struct ShellState {
    /// What `xdg_toplevel.configure` said; it holds from the `xdg_surface.configure` that follows.
    struct Announcement {
        /// The size of the whole window; nil where the compositor leaves it to us.
        var window: LogicalSize?
        /// The largest size that the compositor recommends; nil where it doesn't say.
        var most: LogicalSize?
        var state = ToplevelState()
    }

    var announced = Announcement()
    var state = ToplevelState()
    /// What the compositor can do for a window. Before xdg_wm_base 5 it doesn't say, and anything may be tried.
    var capabilities = WindowCapabilities.all
    /// The size that the compositor, or the user, gives the picture with its bars; nil where the guest decides.
    private(set) var configured: LogicalSize?
    /// The size of the picture with its bars when the window was last floating.
    private var floating: LogicalSize?
    /// The guest's size, turned as it is shown, before it could be asked to take that of a window that isn't floating.
    private var unasked: PixelSize?
    /// The largest size that the guest may decide for; nil for no limit.
    var most: LogicalSize?
    /// A configure that no commit has answered yet.
    var pendingSerial: UInt32?
    var scale = SurfaceScale()
    var mode = ScaleMode.fit
    /// The guest's proportions, turned as they are shown, which a floating window keeps; nil where the user doesn't mind.
    var proportions: PixelSize?
    /// The window geometry last declared.
    var geometry: LogicalRectangle?

    /// Takes over what the compositor has announced.
    ///
    /// - Parameters:
    ///   - extents: how much larger than the picture with its bars the window is, in the announced state.
    ///   - canScale: whether another size than the picture's own can be had.
    mutating func configure(extents: LogicalSize, canScale: Bool) {
        let wasFloating = state.isFloating
        state = announced.state
        func picture(_ window: LogicalSize) -> LogicalSize {
            LogicalSize(width: max(1, window.width - extents.width), height: max(1, window.height - extents.height))
        }
        most = announced.most.map(picture)
        if let window = announced.window, canScale {
            // Some compositors repeat the size that a window has chosen itself: it is still the guest's to choose.
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

    /// The picture with its bars; nil where the guest decides.
    var window: LogicalSize? {
        guard let configured, let proportions, state.isFloating else { return configured }
        return Placement.fitted(proportions, into: configured)
    }

    /// The size of a window that has never shown a picture, where the compositor leaves it to us.
    private static let sizeWithoutGuest = LogicalSize(width: 640, height: 480)

    /// One guest pixel on one device pixel.
    private func natural(_ guest: PixelSize) -> LogicalSize {
        Placement(guest: guest, window: nil, mode: mode, scale: scale).window
    }

    /// The size for a guest that decides for more than there is room for, in its proportions; nil where its own size will do.
    private func limited(_ guest: PixelSize, natural: LogicalSize) -> LogicalSize? {
        guard let most, natural.width > most.width || natural.height > most.height else { return nil }
        return Placement.fitted(guest, into: most)
    }

    /// Notes the size of a floating window, for when it floats again.
    mutating func remember(_ placement: Placement, guest: PixelSize?) {
        if state.isFloating { floating = guest == nil ? nil : placement.window } else { unasked = unasked ?? guest }
    }

    /// - Parameters:
    ///   - guest: the primary plane's size, turned as it is shown; nil before there was one.
    ///   - canFrame: whether bars can be drawn.
    func placement(guest: PixelSize?, canFrame: Bool) -> Placement {
        guard let guest else { return Placement(filling: window ?? Self.sizeWithoutGuest) }
        let window = window
        var placement = Placement(guest: guest, window: window, mode: mode, scale: scale)
        if window == nil, state.isFloating, let size = limited(guest, natural: placement.window) {
            placement = Placement(guest: guest, window: size, mode: mode, scale: scale)
        }
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

    /// - Parameter words: the event's numbers; unknown ones are left out.
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
