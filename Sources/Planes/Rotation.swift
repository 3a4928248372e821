// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// How far a guest's screen is turned clockwise before it is shown, in degrees.
///
/// A turned screen is as wide as the guest's is high, or the other way round; everything that is said of places on it
/// (the crop, the cursor, the pointer) is said of the turned one.
public enum Rotation: String, CaseIterable, Sendable {
    case none = "0"
    case quarter = "90"
    case half = "180"
    case threeQuarters = "270"

    /// Whether width and height change places.
    public var swapsSides: Bool { self == .quarter || self == .threeQuarters }

    /// The turned screen's size, or from that the guest's.
    public func turned(_ size: PixelSize) -> PixelSize {
        swapsSides ? PixelSize(width: size.height, height: size.width) : size
    }

    /// Where on the turned screen the top left of a turned plane is.
    ///
    /// - Parameters:
    ///   - plane: its size before it's turned.
    ///   - point: its top left on the guest's screen, wherever the guest says.
    ///   - screen: the guest's, before it's turned.
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

    /// The way over the guest's screen that one over the turned one is.
    public func turnedBack(wayX x: Double, y: Double) -> (x: Double, y: Double) {
        switch self {
        case .none: (x, y)
        case .quarter: (y, -x)
        case .half: (-x, -y)
        case .threeQuarters: (-y, x)
        }
    }

    /// Where on the guest's screen a place on the turned one is; both with parts of a pixel.
    ///
    /// - Parameter screen: the guest's, before it's turned. The place must be on the turned one, its right and bottom edges
    ///   not included; the answer is within the same limits.
    public func turnedBack(x: Double, y: Double, on screen: PixelSize) -> (x: Double, y: Double) {
        // The left edge of a pixel becomes its right one, which belongs to its neighbour: hence the hair less.
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
