// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes

/// From a place on the window's surface, in its logical coordinates, to the guest's pixel that is shown there.
package struct PointerMapping: Equatable, Sendable {
    /// The picture's top left on the surface, and its size there.
    package var x, y, width, height: Double
    /// The part of the guest's screen that is shown.
    package var source: PixelRectangle
    /// The guest's whole screen.
    package var guest: PixelSize

    package init(x: Double, y: Double, width: Double, height: Double, source: PixelRectangle, guest: PixelSize) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
        self.source = source
        self.guest = guest
    }

    /// The pixel under the place; beside the picture, the one at its edge that is nearest.
    package func pixel(atX x: Double, y: Double) -> PixelPoint {
        PixelPoint(
            x: Self.pixel(x - self.x, of: width, from: source.x, count: source.width),
            y: Self.pixel(y - self.y, of: height, from: source.y, count: source.height))
    }

    private static func pixel(_ place: Double, of length: Double, from first: Int32, count: Int32) -> Int32 {
        let exact = (place / length * Double(count)).rounded(.down)
        return first + Int32(min(max(exact, 0), Double(count - 1)))
    }
}
