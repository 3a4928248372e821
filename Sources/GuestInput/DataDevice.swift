// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
internal import Wayland

/// A seat's wl_data_device: what is in its clipboard, as far as the compositor tells, and the way to put something there.
final class DataDevice {
    let seat: Seat
    /// Good as long as the seat's keyboard is on one of our windows: the compositor tells a newer one before it comes back.
    private(set) var offer: HostOffer?
    /// Announced, and yet to be said what for.
    private var introduced: HostOffer?
    private var device: WlDataDevice

    /// - Parameter changed: ``offer`` is another one.
    init(_ device: consuming WlDataDevice, _ seat: Seat, mark: String, changed: @escaping () -> Void) {
        self.seat = seat
        self.device = device
        self.device.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .dataOffer(let offer): introduced = HostOffer(offer, mark: mark)
                case .selection(let ref):
                    offer = ref != nil && introduced?.ref == ref ? introduced : nil
                    introduced = nil
                    changed()
                case .enter: introduced = nil  // something is dragged over the window: no matter
                case .leave: break
                case .motion: break
                case .drop: break
                }
            })
    }

    func select(_ offer: GuestOffer, serial: UInt32) { device.setSelection(source: offer.ref, serial: serial) }
}
