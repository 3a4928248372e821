// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Wayland

/// Which of the host's screens the window is on, and how many device pixels a logical unit has there.
extension GuestWindow {
    func followScreens() {
        let screens = compositor.screens, surface = stage.window.surface.ref
        stage.window.surface.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .enter(let output):
                    screens.surface(surface, isOn: output, true)
                    expectFrame()
                case .leave(let output): screens.surface(surface, isOn: output, false)
                default: break  // the screens say more
                }
            })
        // Without a viewport a picture has one size, whatever the scale.
        guard compositor.viewporter != nil else { return }
        guard compositor.fractionalScale == nil else { return followFractionalScale() }
        screens.follow(surface) { [unowned self] in followScreenScale() }
        followScreenScale()
    }

    private func followFractionalScale() {
        fractional = compositor.fractionalScale!.getFractionalScale(surface: stage.window.surface.ref)
        fractional!.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .preferredScale(let scale): if scale > 0 { take(SurfaceScale(numerator: scale)) }
                }
            })
    }

    /// A guest that decides on the window's size doesn't make it larger than the screen, where the compositor recommends nothing. Our
    /// own title bar is left out: a guest as large as the screen is shown pixel for pixel.
    func limitGuest() {
        guard compositor.viewporter != nil else { return shell.most = nil }
        if shell.announced.most == nil { shell.most = compositor.screens.room(under: stage.window.surface.ref) }
    }

    private func followScreenScale() {
        if let scale = compositor.screens.scale(under: stage.window.surface.ref) { take(scale) }
    }

    private func take(_ scale: SurfaceScale) {
        guard scale != shell.scale else { return }
        shell.scale = scale
        limitGuest()
        decoration?.isOutdated = true
        redrawNotice()
        scheduleResize()
        execute(pacer.changed())
        expectFrame()
    }

    /// Asks for full screen, on the screen that the user has named, if it's there.
    func enterFullscreen() {
        toplevel?.setFullscreen(output: options.output.flatMap { compositor.screens.named($0)?.ref })
    }
}
