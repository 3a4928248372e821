// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
internal import Wayland
public import WaylandServer

/// A seat whose devices the test controls. Like a real one it sends its capabilities when bound and whenever they change.
extension TestCompositor {
    func offerSeat() {
        offer(WlSeatResource.self, version: behaviour.seatVersion, "wl_seat") { [unowned self] seat in
            self.seat = seat
            seat.sendCapabilities(capabilities: behaviour.devices)
            seat.setHandler(
                Listener { [unowned self] request in
                    switch consume request {
                    case .getPointer(let made):
                        pointer = made
                        made.onDestroy { [weak self] in self?.pointer = nil }
                    case .getKeyboard(let made):
                        keyboard = made
                        made.onDestroy { [weak self] in self?.keyboard = nil }
                        sendKeymap()
                    case .getTouch(let made):
                        touch = made
                        made.onDestroy { [weak self] in self?.touch = nil }
                    case .release: break
                    }
                })
        }
    }

    /// Plugs devices in and unplugs them.
    public func change(devices: WlSeatResource.Capability) {
        behaviour.devices = devices
        seat?.sendCapabilities(capabilities: devices)
    }

    /// Adds another seat after the first was removed.
    public func addSeat() { offerSeat() }
}
