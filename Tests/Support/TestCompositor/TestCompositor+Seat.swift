// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Wayland
internal import WaylandServer

/// A seat with a pointer, which the test moves onto the window. Like a real one it tells its capabilities once, at the bind.
extension TestCompositor {
    func offerSeat() {
        offer(WlSeatResource.self, "wl_seat") { [unowned self] seat in
            seat.sendCapabilities(capabilities: [.pointer])
            seat.setHandler(
                Listener { [unowned self] request in
                    if case .getPointer(let made) = consume request { pointer = made }
                })
        }
    }

    /// The pointer comes over the picture.
    public func enterPointer() {
        pointer?.sendEnter(
            serial: display.nextSerial(), surface: surface("picture")!.resource, surfaceX: Fixed(1), surfaceY: Fixed(1))
    }

    /// It goes again.
    public func leavePointer() {
        pointer?.sendLeave(serial: display.nextSerial(), surface: surface("picture")!.resource)
    }
}
