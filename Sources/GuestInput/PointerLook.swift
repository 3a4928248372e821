// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes
package import Wayland

/// How the host's pointer looks.
package enum PointerLook: Equatable {
    case hidden
    /// One of the compositor's own; where it has no wp_cursor_shape_v1, an arrow.
    case shape(WpCursorShapeDeviceV1.Shape)
    /// With the guest's cursor as its image.
    case image(WlSurface.Ref, hotSpot: PixelPoint)

    static var arrow: PointerLook { .shape(.default) }
}

/// What is known of the guest's cursor, and how it is shown.
package enum GuestCursor: Equatable {
    /// The guest has shown none so far. It may draw its own into the picture, or have none.
    case unknown
    /// As a plane over the picture.
    case plane
    /// As the host pointer's own image.
    case image(WlSurface.Ref, hotSpot: PixelPoint)
    /// The guest has taken it away.
    case off
    /// The user doesn't want it.
    case unwanted
}

extension PointerLook {
    /// Two pointers at one place are one too many, but somebody must see where he points.
    ///
    /// - Parameters:
    ///   - isFree: whether host's and guest's pointer go ways of their own: the guest has a mouse that isn't locked, or gets no
    ///     input.
    ///   - isOnPicture: whether the host's pointer is over the guest's picture.
    init(over cursor: GuestCursor, isLocked: Bool, isFree: Bool, isOnPicture: Bool) {
        switch cursor {
        case _ where isLocked: self = .hidden
        case .image(let image, let hotSpot): self = .image(image, hotSpot: hotSpot)
        case .plane, .off: self = isFree || !isOnPicture ? .arrow : .hidden
        case .unknown, .unwanted: self = .arrow
        }
    }
}
