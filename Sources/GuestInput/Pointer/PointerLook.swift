// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes
internal import Surfaces
package import Wayland

/// The look of the host's pointer.
package enum PointerLook: Equatable {
    case hidden
    /// One of the compositor's shapes, or an arrow where it has no wp_cursor_shape_v1.
    case shape(WpCursorShapeDeviceV1.Shape)
    /// The guest's cursor as the pointer's image.
    case image(WlSurface.Ref, hotSpot: PixelPoint)

    static var arrow: PointerLook { .shape(.default) }
}

extension PointerLook {
    /// Avoids two pointers in one place, but never leaves the user without one.
    ///
    /// - Parameters:
    ///   - isFree: whether the host's and the guest's pointer move independently: the guest has a mouse that isn't locked, or
    ///     gets no input.
    ///   - isOnPicture: whether the host's pointer is over the guest's picture.
    init(over cursor: ShownCursor, isLocked: Bool, isFree: Bool, isOnPicture: Bool) {
        switch cursor {
        case _ where isLocked: self = .hidden
        case .image(let image, let hotSpot): self = .image(image, hotSpot: hotSpot)
        case .plane, .off: self = isFree || !isOnPicture ? .arrow : .hidden
        case .unknown, .unwanted: self = .arrow
        }
    }
}
