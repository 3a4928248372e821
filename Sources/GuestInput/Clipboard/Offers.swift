// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
internal import System
internal import Wayland

/// A seat's wl_data_device: the host's clipboard, as far as the compositor tells of it.
final class DataDevice {
    let seat: Seat
    /// The clipboard's content while the seat's keyboard is on one of our windows. The compositor sends a newer one before the
    /// keyboard comes back.
    private(set) var offer: HostOffer?
    /// An offer whose purpose the compositor hasn't told yet.
    private var introduced: HostOffer?
    private var device: WlDataDevice

    /// - Parameter changed: called when ``offer`` changes.
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
                case .enter: introduced = nil  // something is dragged over the window
                case .leave: break
                case .motion: break
                case .drop: break
                }
            })
    }

    func select(_ offer: GuestOffer, serial: UInt32) { device.setSelection(source: offer.ref, serial: serial) }
}

/// The host's clipboard, as a program filled it.
final class HostOffer {
    private var offer: WlDataOffer
    /// The best MIME type of each kind, as its owner spells it. A low rank is better.
    private var names: [ClipboardKind: (rank: Int, name: String)] = [:]
    /// Whether this is the guest's own content on its way back.
    private var isOwn = false

    /// Names of text in UTF-8, the best first. X programs use the last two.
    private static let textNames = [ClipboardKind.text.mimeType, "utf8_string", "text/plain"]

    init(_ offer: consuming WlDataOffer, mark: String) {
        self.offer = offer
        self.offer.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .offer(let name): if name == mark { isOwn = true } else { consider(name) }
                }
            })
    }

    var ref: WlDataOffer.Ref { offer.ref }

    /// The kinds that the guest can get.
    var kinds: Set<ClipboardKind> { isOwn ? [] : Set(names.keys) }

    private func consider(_ name: String) {
        if name == ClipboardKind.png.mimeType {
            names[.png] = (0, name)
        } else if let rank = Self.textNames.firstIndex(of: name.lowercased()), rank < names[.text]?.rank ?? .max {
            names[.text] = (rank, name)
        }
    }

    /// Asks the owner to write the content into a pipe. The pipe's end is borrowed.
    func receive(_ kind: ClipboardKind, into end: borrowing OwnedDescriptor) {
        guard let name = names[kind]?.name else { return }
        offer.receive(mimeType: name, fd: end)
    }
}

/// The guest's content in the host's clipboard, for as long as this lives.
final class GuestOffer {
    private var source: WlDataSource

    /// The MIME type that older programs ask for, offered with text.
    private static let plainText = "text/plain"

    /// - Parameters:
    ///   - mark: a MIME type that identifies this offer when it comes back.
    ///   - wanted: called when a program pastes. Closing the descriptor ends the content.
    ///   - cancelled: called when something else replaces it.
    init(
        _ source: consuming WlDataSource, _ kinds: Set<ClipboardKind>, mark: String,
        wanted: @escaping (ClipboardKind, consuming OwnedDescriptor) -> Void, cancelled: @escaping () -> Void
    ) {
        self.source = source
        self.source.listen(
            Listener { event in
                switch consume event {
                case .send(let name, let descriptor):
                    guard let kind = name == Self.plainText ? .text : ClipboardKind(mimeType: name), kinds.contains(kind) else {
                        return
                    }
                    wanted(kind, descriptor)
                case .cancelled: cancelled()
                case .target: break
                }
            })
        for kind in ClipboardKind.allCases where kinds.contains(kind) {
            self.source.offer(mimeType: kind.mimeType)
            if kind == .text { self.source.offer(mimeType: Self.plainText) }
        }
        self.source.offer(mimeType: mark)
    }

    var ref: WlDataSource.Ref { source.ref }
}
