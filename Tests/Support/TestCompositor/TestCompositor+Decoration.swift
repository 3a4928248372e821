// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Wayland
public import WaylandServer

/// xdg-decoration, and the pointer on a client's own decoration.
extension TestCompositor {
    func offerDecoration() {
        guard behaviour.decorates != nil else { return }
        offer(ZxdgDecorationManagerV1Resource.self, "zxdg_decoration_manager_v1") { [unowned self] resource in
            resource.setHandler(
                Listener { [unowned self] request in
                    guard case .getToplevelDecoration(let decoration, _) = consume request else { return }
                    self.decoration = decoration
                    decoration.onDestroy { [weak self] in self?.decoration = nil }
                    decoration.setHandler(
                        Listener { [unowned self] request in
                            if case .setMode = consume request, let mode = behaviour.decorates {
                                decoration.sendConfigure(mode: mode)
                            }
                        })
                })
        }
    }

    /// Tells the client who decorates its window from now on.
    public func decorate(_ mode: ZxdgToplevelDecorationV1Resource.Mode) { decoration?.sendConfigure(mode: mode) }

    /// Moves the pointer to a position on the surface with this name, from wherever it was.
    public func movePointer(onto name: String, x: Double, y: Double) {
        if let pointed = pointed.flatMap(surface(_:)) {
            framePointer { $0.sendLeave(serial: display.nextSerial(), surface: pointed.resource) }
        }
        framePointer {
            $0.sendEnter(serial: display.nextSerial(), surface: surface(name)!.resource, surfaceX: Fixed(x), surfaceY: Fixed(y))
        }
        pointed = name
    }
}
