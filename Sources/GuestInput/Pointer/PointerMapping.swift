// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes

/// Maps a place on the window's surface, in logical coordinates, to the guest's pixel that is shown there.
package struct PointerMapping: Equatable, Sendable {
    /// The picture's top left on the surface, and its size there.
    package var x, y, width, height: Double
    /// The part of the guest's screen that is shown, in pixels of the turned screen.
    package var source: PixelRectangle
    /// The size of the guest's whole screen, before it is turned.
    package var guest: PixelSize
    package var rotation: Rotation

    package init(
        x: Double, y: Double, width: Double, height: Double, source: PixelRectangle, guest: PixelSize,
        rotation: Rotation = .none
    ) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
        self.source = source
        self.guest = guest
        self.rotation = rotation
    }

    /// Whether the place is on the picture rather than beside it.
    package func contains(x: Double, y: Double) -> Bool {
        let offset = offset(ofX: x, y: y)
        return offset.x >= 0 && offset.x < width && offset.y >= 0 && offset.y < height
    }

    /// The pixel under the place; beside the picture, the nearest pixel at its edge.
    package func pixel(atX x: Double, y: Double) -> PixelPoint {
        let place = place(atX: x, y: y)
        return PixelPoint(x: Int32(place.x), y: Int32(place.y))
    }

    /// The same with fractions of a pixel: from 0 to less than the guest's width and height.
    package func place(atX x: Double, y: Double) -> (x: Double, y: Double) {
        let offset = offset(ofX: x, y: y)
        return rotation.turnedBack(
            x: Self.place(offset.x, of: width, from: source.x, count: source.width),
            y: Self.place(offset.y, of: height, from: source.y, count: source.height), on: guest)
    }

    /// The guest's pixels that a distance on the picture covers.
    package func way(ofX x: Double, y: Double) -> (x: Double, y: Double) {
        rotation.turnedBack(wayX: x * Double(source.width) / width, y: y * Double(source.height) / height)
    }

    /// The offset from the picture's top left corner, as it is seen: the buffer's own orientation doesn't matter.
    private func offset(ofX x: Double, y: Double) -> (x: Double, y: Double) { (x - self.x, y - self.y) }

    /// Multiplies before it divides, so that a place on a pixel's edge gives that pixel, and not the one before it.
    private static func place(_ offset: Double, of length: Double, from first: Int32, count: Int32) -> Double {
        let end = (Double(first) + Double(count)).nextDown
        return min(max(Double(first) + offset * Double(count) / length, Double(first)), end)
    }
}
