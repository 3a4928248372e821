// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Logging
internal import Wayland

/// What the window and the desktop around it agree on besides its size: the focus at the start, and when the screen may go dark.
extension GuestWindow {
    /// Of what the user has asked for by name, what this compositor doesn't know is told.
    func greetDesktop() {
        if let token = options.activationToken {
            compositor.activation?.activate(token: token, surface: stage.window.surface.ref)
        }
        if options.hints.content != .none, compositor.contentTypes == nil {
            log.warning("the compositor has no wp_content_type_manager_v1: it isn't told that this is a \(options.hints.content)")
        }
        if options.hints.mayTear, compositor.tearing == nil {
            log.warning("the compositor has no wp_tearing_control_manager_v1: pictures wait for the screen's refresh")
        }
        if options.idleInhibition == .always, compositor.idleInhibition == nil {
            log.warning("the compositor has no zwp_idle_inhibit_manager_v1: the screen may go dark")
        }
    }

    /// Keeps the screen lit exactly while the user wants that and there is a picture. Called wherever either changes.
    func steerIdleInhibition() {
        let isWanted =
            switch options.idleInhibition {
            case .always: showsPicture
            case .fullscreen: showsPicture && shell.state.isFullscreen
            case .never: false
            }
        guard isWanted != (idleInhibitor != nil), compositor.idleInhibition != nil else { return }
        if isWanted {
            idleInhibitor = compositor.idleInhibition!.createInhibitor(surface: stage.window.surface.ref)
        } else {
            idleInhibitor = nil
        }
    }

    private var showsPicture: Bool { stage.isMapped && notice == nil && !stage.isDark }
}
