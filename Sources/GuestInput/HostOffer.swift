// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
internal import System
internal import Wayland

/// What a program has put into the host's clipboard.
final class HostOffer {
    private var offer: WlDataOffer
    /// The best name of each kind, as its owner writes it.
    private var names: [ClipboardKind: (rank: Int, name: String)] = [:]
    /// Whether it's the guest's own, on its way back.
    private var isOwn = false

    /// Names of text in UTF-8, the best first: the last two are what programs from X have.
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

    /// What the guest can have of it.
    var kinds: Set<ClipboardKind> { isOwn ? [] : Set(names.keys) }

    private func consider(_ name: String) {
        if name == ClipboardKind.png.mimeType {
            names[.png] = (0, name)
        } else if let rank = Self.textNames.firstIndex(of: name.lowercased()), rank < names[.text]?.rank ?? .max {
            names[.text] = (rank, name)
        }
    }

    /// Has its owner write it into a pipe, whose end is borrowed.
    func receive(_ kind: ClipboardKind, into end: borrowing OwnedDescriptor) {
        guard let name = names[kind]?.name else { return }
        offer.receive(mimeType: name, fd: end)
    }
}
