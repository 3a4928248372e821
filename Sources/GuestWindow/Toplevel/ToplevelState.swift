// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Wayland

/// What the compositor says a window is (xdg_toplevel.state); several at once are usual.
struct ToplevelState: Equatable {
    let isFullscreen: Bool
    let isMaximised: Bool
    /// At a screen's or another window's edge.
    let isTiled: Bool
    /// It has the focus, or should look so.
    let isActivated: Bool
    /// Nobody can see it (from xdg_wm_base 6 on).
    let isSuspended: Bool

    /// - Parameter wire: the event's numbers; unknown ones say nothing.
    init(_ wire: [UInt32] = []) {
        let states = Set(wire.map(XdgToplevel.State.init))
        isFullscreen = states.contains(.fullscreen)
        isMaximised = states.contains(.maximized)
        isTiled = !states.isDisjoint(with: [.tiledLeft, .tiledRight, .tiledTop, .tiledBottom])
        isActivated = states.contains(.activated)
        isSuspended = states.contains(.suspended)
    }

    /// Whether its size is its own affair: what a configure says is then the most that it may have.
    var isFloating: Bool { !isFullscreen && !isMaximised && !isTiled }
}
