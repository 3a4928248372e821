// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Wayland
public import WaylandServer

/// One of the client's windows.
final class TestToplevel {
    let surface: WlSurfaceResource
    let xdgSurface: XdgSurfaceResource
    let toplevel: XdgToplevelResource
    var isConfigured = false

    init(_ surface: WlSurfaceResource, _ xdgSurface: XdgSurfaceResource, _ toplevel: XdgToplevelResource) {
        self.surface = surface
        self.xdgSurface = xdgSurface
        self.toplevel = toplevel
    }
}

extension TestCompositor {
    func offerShell() {
        offer(XdgWmBaseResource.self, "xdg_wm_base") { [unowned self] resource in
            resource.setHandler(
                Listener { [unowned self] request in
                    guard case .getXdgSurface(let xdgSurface, let surface) = consume request, let surface else { return }
                    name(surface, "picture")
                    xdgSurface.setHandler(
                        Listener { [unowned self] request in
                            guard case .getToplevel(let toplevel) = consume request else { return }
                            toplevels.append(TestToplevel(surface, xdgSurface, toplevel))
                            toplevel.onDestroy { [weak self] in self?.toplevels.removeAll { $0.toplevel == toplevel } }
                        })
                })
        }
    }

    /// The newest window.
    var toplevel: TestToplevel? { toplevels.last }

    /// A window's first commit requests its first configure.
    func committed(_ surface: TestSurface) {
        guard let toplevel = toplevels.first(where: { $0.surface == surface.resource }), !toplevel.isConfigured else { return }
        toplevel.isConfigured = true
        configure(toplevel, width: behaviour.width, height: behaviour.height, states: behaviour.states)
    }

    /// Sends the newest window a configure with this size; 0 leaves it to the client. Serials count from 1.
    public func configure(width: Int32, height: Int32, states: [XdgToplevelResource.State] = []) {
        if let toplevel { configure(toplevel, width: width, height: height, states: states) }
    }

    private func configure(_ toplevel: TestToplevel, width: Int32, height: Int32, states: [XdgToplevelResource.State]) {
        toplevel.toplevel.sendConfigure(width: width, height: height, states: [UInt8](wireValues: states.map(\.rawValue)))
        toplevel.xdgSurface.sendConfigure(serial: display.nextSerial())
    }

    /// Sends the largest size recommended for the newest window. It takes effect with the next configure.
    public func recommend(width: Int32, height: Int32) {
        toplevel?.toplevel.sendConfigureBounds(width: width, height: height)
    }

    /// Asks the client to close the newest window, as if the user had.
    public func closeWindow() { toplevel?.toplevel.sendClose() }
}
