// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Wayland
internal import WaylandServer

/// The host's screens, and the one that shows the picture.
extension TestCompositor {
    func offerScreens() {
        for index in behaviour.screens.indices { offerScreen(index) }
        if behaviour.screens.contains(where: { $0.logical != nil }) {
            offer(ZxdgOutputManagerV1Resource.self, "zxdg_output_manager_v1") { [unowned self] resource in
                resource.setHandler(
                    Listener { [unowned self] request in
                        guard case .getXdgOutput(let xdgOutput, let output) = consume request,
                            let index = outputs.first(where: { $0.value == output })?.key
                        else { return }
                        xdgOutputs[index] = xdgOutput
                        describe(index)
                    })
            }
        }
        guard behaviour.hasFractionalScale else { return }
        offer(WpFractionalScaleManagerV1Resource.self, "wp_fractional_scale_manager_v1") { [unowned self] resource in
            resource.setHandler(
                Listener { [unowned self] request in
                    if case .getFractionalScale(let scale, _) = consume request { fractionalScale = scale }
                })
        }
    }

    private func offerScreen(_ index: Int) {
        screens.append(
            ServerGlobal(display, WlOutputResource.self, version: WlOutputResource.maximumVersion) { [unowned self] resource in
                log.name(resource.id, "output\(index + 1)")
                outputs[index] = resource
                describe(index)
            })
    }

    /// Sends all properties of a screen, as ``Behaviour/screens`` has them now.
    public func describe(_ index: Int) {
        guard let output = outputs[index] else { return }
        let screen = behaviour.screens[index]
        output.sendGeometry(
            x: 0, y: 0, physicalWidth: screen.millimetres.width, physicalHeight: screen.millimetres.height,
            subpixel: .unknown, make: "Oriel", model: "test", transform: screen.transform)
        output.sendMode(flags: .current, width: screen.mode.width, height: screen.mode.height, refresh: screen.mode.millihertz)
        output.sendScale(factor: screen.scale)
        output.sendName(name: screen.name)
        if let logical = screen.logical { xdgOutputs[index]?.sendLogicalSize(width: logical.width, height: logical.height) }
        output.sendDone()
    }

    /// Plugs in another screen.
    public func plug(_ screen: Behaviour.Screen) {
        behaviour.screens.append(screen)
        offerScreen(behaviour.screens.count - 1)
    }

    /// Unplugs a screen.
    public func unplug(_ index: Int) {
        screens[index].remove()
        outputs[index] = nil
        xdgOutputs[index] = nil
    }

    /// Moves the picture onto this screen, which the client must have bound.
    public func enter(screen: Int) {
        guard let output = outputs[screen] else { return }
        surface("picture")?.resource.sendEnter(output: output)
    }

    /// Moves the picture off this screen.
    public func leave(screen: Int) {
        guard let output = outputs[screen] else { return }
        surface("picture")?.resource.sendLeave(output: output)
    }

    /// Sends the preferred scale for the picture, in 120ths.
    public func preferScale(_ scale: UInt32) { fractionalScale?.sendPreferredScale(scale: scale) }
}
