// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Wayland

/// What the guest shows, as a word to the compositor.
public enum ContentType: String, CaseIterable, Sendable {
    /// Nothing is said.
    case none
    case photo, video, game
}

/// What the compositor is told of the pictures on a surface. It may make nothing of it.
struct PictureHints {
    var content = ContentType.none
    /// Whether a picture may be shown in the middle of a refresh rather than late.
    var mayTear = false
}

extension WpContentTypeV1.WireType {
    init(_ content: ContentType) {
        self =
            switch content {
            case .none: .none
            case .photo: .photo
            case .video: .video
            case .game: .game
            }
    }
}
