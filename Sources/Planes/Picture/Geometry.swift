// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// A width and height in a plane's own pixels.
public struct PixelSize: Hashable, Sendable, CustomStringConvertible {
    public var width: UInt32
    public var height: UInt32

    public init(width: UInt32, height: UInt32) {
        self.width = width
        self.height = height
    }

    public var description: String { "\(width)x\(height)" }
}

/// A position on the guest's screen in pixels. It is negative where a cursor extends beyond the left or top edge.
public struct PixelPoint: Hashable, Sendable {
    public var x: Int32
    public var y: Int32

    public init(x: Int32, y: Int32) {
        self.x = x
        self.y = y
    }

    public static let zero = PixelPoint(x: 0, y: 0)
}

/// A rectangle in a buffer's own pixels. The origin is the top left corner.
public struct PixelRectangle: Hashable, Sendable {
    public var x: Int32
    public var y: Int32
    public var width: Int32
    public var height: Int32

    public init(x: Int32, y: Int32, width: Int32, height: Int32) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// All pixels of a buffer of this size.
    package init(filling size: PixelSize) { self.init(x: 0, y: 0, width: Int32(size.width), height: Int32(size.height)) }

    package static let empty = PixelRectangle(x: 0, y: 0, width: 0, height: 0)

    public var isEmpty: Bool { width <= 0 || height <= 0 }

    /// The part of the rectangle inside a buffer of this size, possibly empty. Never overflows, whatever a peer sent.
    public func clipped(to size: PixelSize) -> PixelRectangle {
        let left = max(Int64(x), 0), top = max(Int64(y), 0)
        let right = min(Int64(x) + Int64(width), Int64(size.width))
        let bottom = min(Int64(y) + Int64(height), Int64(size.height))
        guard width > 0, height > 0, right > left, bottom > top else { return .empty }
        return PixelRectangle(x: Int32(left), y: Int32(top), width: Int32(right - left), height: Int32(bottom - top))
    }

    /// The smallest rectangle around both. Both must be clipped to a buffer.
    public func union(_ other: PixelRectangle) -> PixelRectangle {
        if isEmpty { return other }
        if other.isEmpty { return self }
        let left = min(x, other.x), top = min(y, other.y)
        return PixelRectangle(
            x: left, y: top,
            width: max(x + width, other.x + other.width) - left,
            height: max(y + height, other.y + other.height) - top)
    }
}

/// The pixels that changed between the last committed generation and this one.
public enum Damage: Hashable, Sendable {
    /// Any pixel may have changed.
    case everything
    /// All changes are inside this rectangle, which is clipped to the buffer.
    case rectangle(PixelRectangle)
}
