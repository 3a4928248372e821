// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
internal import System
internal import Wayland

/// What the guest has, in the host's clipboard for as long as this is.
final class GuestOffer {
    private var source: WlDataSource

    /// Beside the kinds' own names, what older programs ask for.
    private static let plainText = "text/plain"

    /// - Parameters:
    ///   - mark: a name by which it's known when it comes back.
    ///   - wanted: a program wants it; it closes the descriptor at the content's end.
    ///   - cancelled: something else is in its place.
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
