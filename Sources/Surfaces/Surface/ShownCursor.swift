// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes
package import Wayland

/// How a guest's cursor is shown: told by a view, and followed by the host's pointers.
package enum ShownCursor: Equatable {
    /// The guest has shown none so far. It may draw a cursor into the picture, or have none.
    case unknown
    /// As a plane over the picture.
    case plane
    /// As the image of the host's pointer.
    case image(WlSurface.Ref, hotSpot: PixelPoint)
    /// The guest hides it.
    case off
    /// The user doesn't want to see it.
    case unwanted
}
