// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Wayland

/// The kind of content that a guest shows, as a hint for the compositor.
public enum ContentType: String, CaseIterable, Sendable {
    /// No hint.
    case none
    case photo, video, game
}

/// Hints about the pictures on a surface, which the compositor may ignore.
public struct PictureHints: Sendable {
    public var content = ContentType.none
    /// Whether a picture may be shown in the middle of a refresh rather than late.
    public var mayTear = false

    public init() {}
}

extension WpContentTypeV1.WireType {
    package init(_ content: ContentType) {
        self =
            switch content {
            case .none: .none
            case .photo: .photo
            case .video: .video
            case .game: .game
            }
    }
}
