// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes
package import Wayland

/// How the host's pointer looks.
package enum PointerLook: Equatable {
    case hidden
    /// One of the compositor's shapes; an arrow where it has no wp_cursor_shape_v1.
    case shape(WpCursorShapeDeviceV1.Shape)
    /// The guest's cursor as the pointer's image.
    case image(WlSurface.Ref, hotSpot: PixelPoint)

    static var arrow: PointerLook { .shape(.default) }
}

/// What is known of the guest's cursor, and how the window shows it.
package enum GuestCursor: Equatable {
    /// The guest has shown none so far. It may draw a cursor into the picture, or have none.
    case unknown
    /// Shown as a plane over the picture.
    case plane
    /// Shown as the host pointer's image.
    case image(WlSurface.Ref, hotSpot: PixelPoint)
    /// Hidden by the guest.
    case off
    /// The user doesn't want to see it.
    case unwanted
}

extension PointerLook {
    /// Avoids two pointers in one place, but never leaves the user without one.
    ///
    /// - Parameters:
    ///   - isFree: whether the host's and the guest's pointer move independently: the guest has a mouse that isn't locked, or
    ///     gets no input.
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
