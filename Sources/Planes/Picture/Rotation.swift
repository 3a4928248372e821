// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The clockwise rotation of a guest's screen before it is shown, in degrees.
///
/// At 90 and 270 degrees the screen's width and height are swapped. Crop, cursor and pointer positions always refer to the
/// rotated screen.
public enum Rotation: String, CaseIterable, Sendable {
    case none = "0"
    case quarter = "90"
    case half = "180"
    case threeQuarters = "270"

    /// Whether width and height are swapped.
    public var swapsSides: Bool { self == .quarter || self == .threeQuarters }

    /// Converts the guest's screen size to the rotated one, or the other way round.
    public func turned(_ size: PixelSize) -> PixelSize {
        swapsSides ? PixelSize(width: size.height, height: size.width) : size
    }

    /// The position of a rotated plane's top left corner on the rotated screen.
    ///
    /// - Parameters:
    ///   - plane: The plane's size before rotation.
    ///   - point: The plane's top left corner on the guest's screen. The guest may give any value.
    ///   - screen: The guest's screen size before rotation.
    public func turned(_ plane: PixelSize, at point: PixelPoint, on screen: PixelSize) -> PixelPoint {
        let left = Int64(point.x), top = Int64(point.y)
        let right = Int64(screen.width) - left - Int64(plane.width)
        let bottom = Int64(screen.height) - top - Int64(plane.height)
        return switch self {
        case .none: point
        case .quarter: PixelPoint(x: Int32(clamping: bottom), y: point.x)
        case .half: PixelPoint(x: Int32(clamping: right), y: Int32(clamping: bottom))
        case .threeQuarters: PixelPoint(x: point.y, y: Int32(clamping: right))
        }
    }

    /// Converts a displacement on the rotated screen to one on the guest's screen.
    public func turnedBack(wayX x: Double, y: Double) -> (x: Double, y: Double) {
        switch self {
        case .none: (x, y)
        case .quarter: (y, -x)
        case .half: (-x, -y)
        case .threeQuarters: (-y, x)
        }
    }

    /// Converts a position on the rotated screen to one on the guest's screen. Both may have fractional parts.
    ///
    /// - Parameter screen: The guest's screen size before rotation. The position must be on the rotated screen, excluding its
    ///   right and bottom edges; the result is on the guest's screen, with the same edges excluded.
    public func turnedBack(x: Double, y: Double, on screen: PixelSize) -> (x: Double, y: Double) {
        // A pixel's left edge would become its right edge, which belongs to the next pixel; `nextDown` keeps it inside.
        let right = (Double(screen.width) - (swapsSides ? y : x)).nextDown
        let bottom = (Double(screen.height) - (swapsSides ? x : y)).nextDown
        return switch self {
        case .none: (x, y)
        case .quarter: (y, bottom)
        case .half: (right, bottom)
        case .threeQuarters: (right, x)
        }
    }
}
