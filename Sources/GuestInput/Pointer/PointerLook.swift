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
    /// Avoids two pointers in one place, but never leaves the user without one. Over a locked window it is never seen where
    /// the guest doesn't get it.
    ///
    /// - Parameters:
    ///   - isHidden: whether the pointer is locked in its place, or has stood still for long.
    ///   - isFree: whether the host's and the guest's pointer move independently: the guest has a mouse that isn't locked, or
    ///     gets no input.
    ///   - isOnPicture: whether the host's pointer is over the guest's picture.
    ///   - isWindowLocked: whether nobody gets out of the window.
    init(over cursor: ShownCursor, isHidden: Bool, isFree: Bool, isOnPicture: Bool, isWindowLocked: Bool = false) {
        switch cursor {
        case _ where isHidden || isWindowLocked && isFree: self = .hidden
        case .image(let image, let hotSpot): self = .image(image, hotSpot: hotSpot)
        case .plane, .off: self = isFree || !isOnPicture ? .arrow : .hidden
        case .unwanted where isWindowLocked: self = .hidden
        case .unknown, .unwanted: self = .arrow
        }
    }
}
