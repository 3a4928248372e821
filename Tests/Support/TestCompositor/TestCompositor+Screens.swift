// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Wayland
internal import WaylandServer

/// The host's screens, and which of them the picture is on.
extension TestCompositor {
    func offerScreens() {
        for (index, screen) in behaviour.screens.enumerated() { offer(screen, index) }
        guard behaviour.hasFractionalScale else { return }
        offer(WpFractionalScaleManagerV1Resource.self, "wp_fractional_scale_manager_v1") { [unowned self] resource in
            resource.setHandler(
                Listener { [unowned self] request in
                    if case .getFractionalScale(let scale, _) = consume request { fractionalScale = scale }
                })
        }
    }

    private func offer(_ screen: Behaviour.Screen, _ index: Int) {
        screens.append(
            ServerGlobal(display, WlOutputResource.self, version: WlOutputResource.maximumVersion) { [unowned self] resource in
                log.name(resource.id, "output\(index + 1)")
                outputs[index] = resource
                resource.sendGeometry(
                    x: 0, y: 0, physicalWidth: screen.millimetres.width, physicalHeight: screen.millimetres.height,
                    subpixel: .unknown, make: "Oriel", model: "test", transform: .normal)
                resource.sendMode(
                    flags: .current, width: screen.mode.width, height: screen.mode.height, refresh: screen.mode.millihertz)
                resource.sendDone()
            })
    }

    /// The picture is now on this screen, of those that the client has bound.
    public func enter(screen: Int) {
        guard let output = outputs[screen] else { return }
        surface("picture")?.resource.sendEnter(output: output)
    }

    /// The compositor prefers this scale for the picture, in 120ths.
    public func preferScale(_ scale: UInt32) { fractionalScale?.sendPreferredScale(scale: scale) }
}
