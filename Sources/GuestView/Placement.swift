// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes
package import Surfaces

/// How the guest's picture is fitted into the window.
public enum ScaleMode: String, CaseIterable, Sendable {
    /// As large as fits, in the guest's proportions.
    case fit
    /// The largest whole multiple that fits, or `fit` where the window is smaller than the guest.
    case integer
    /// One guest pixel on one device pixel. A larger picture is cut off equally at opposite sides.
    case native
    /// The whole window, whatever the guest's proportions.
    case stretch
}

/// The place of a plane over the picture, and the part of its buffer that is shown.
package struct Overlay {
    /// The part of the buffer; nil for all of it.
    package var source: PixelRectangle?
    package var position: (x: Int32, y: Int32)
    package var size: LogicalSize
}

/// The place of the picture in the window, and the part of it that is shown.
package struct Placement: Equatable {
    /// The part of the guest's screen that is shown, in whole pixels of the turned screen; nil for all of it.
    package var source: PixelRectangle?
    /// The picture's size on the window.
    package var destination: LogicalSize
    /// The picture's top left in the window: the width of the left bar, the height of the top one.
    package var offset: (x: Int32, y: Int32)
    /// The window with its bars.
    package var window: LogicalSize

    package static func == (left: Placement, right: Placement) -> Bool {
        left.source == right.source && left.destination == right.destination && left.offset == right.offset
            && left.window == right.window
    }

    /// - Parameters:
    ///   - guest: the primary plane's size, turned as it is shown.
    ///   - window: the configured size, or nil where the compositor leaves it to us: then one guest pixel is one device pixel.
    package init(guest: PixelSize, window: LogicalSize?, mode: ScaleMode, scale: SurfaceScale) {
        let natural = LogicalSize(width: scale.logical(Int64(guest.width)), height: scale.logical(Int64(guest.height)))
        var source: PixelRectangle?
        var size: LogicalSize
        switch (mode, window) {
        case (.native, _):
            size = Self.native(guest, into: window, scale: scale)
            source = Self.crop(guest, to: size, scale: scale)
        case (_, nil): size = natural
        case (.stretch, let window?): size = window
        case (.fit, let window?): size = Self.fitted(guest, into: window)
        case (.integer, let window?): size = Self.multiplied(guest, into: window, scale: scale)
        }
        let window = window ?? size
        // One or two units less than the window are rounding. Only a picture of exactly the window's size can be scanned out.
        if mode != .native, abs(window.width - size.width) <= 2, abs(window.height - size.height) <= 2 { size = window }
        // A picture that begins between two device pixels is blurred, whatever its size.
        let step = scale.gridStep
        self.init(
            source: source, destination: size,
            offset: ((window.width - size.width) / 2 / step * step, (window.height - size.height) / 2 / step * step),
            window: window)
    }

    /// The placement of a picture that can't be scaled: in the window's middle. What is larger than the window extends beyond it.
    package init(unscaled guest: PixelSize, in window: LogicalSize) {
        let size = LogicalSize(width: Int32(clamping: guest.width), height: Int32(clamping: guest.height))
        self.init(
            source: nil, destination: size,
            offset: ((window.width - size.width) / 2, (window.height - size.height) / 2), window: window)
    }

    /// The placement of content without proportions of its own, which fills the window.
    package init(filling window: LogicalSize) { self.init(source: nil, destination: window, offset: (0, 0), window: window) }

    private init(source: PixelRectangle?, destination: LogicalSize, offset: (x: Int32, y: Int32), window: LogicalSize) {
        self.source = source
        self.destination = destination
        self.offset = offset
        self.window = window
    }

    /// The largest size in the guest's proportions that fits.
    package static func fitted(_ guest: PixelSize, into window: LogicalSize) -> LogicalSize {
        let factor = min(Double(window.width) / Double(guest.width), Double(window.height) / Double(guest.height))
        return LogicalSize(
            width: min(window.width, max(1, Int32((Double(guest.width) * factor).rounded()))),
            height: min(window.height, max(1, Int32((Double(guest.height) * factor).rounded()))))
    }

    private static func multiplied(_ guest: PixelSize, into window: LogicalSize, scale: SurfaceScale) -> LogicalSize {
        let multiple = min(
            scale.device(window.width) / Int64(guest.width), scale.device(window.height) / Int64(guest.height))
        guard multiple > 0 else { return fitted(guest, into: window) }
        return LogicalSize(
            width: min(window.width, scale.logical(Int64(guest.width) * multiple)),
            height: min(window.height, scale.logical(Int64(guest.height) * multiple)))
    }

    /// The size for one guest pixel on one device pixel. Where the guest's device pixels aren't a whole number of logical units, up to one
    /// unit is cut off, since a rounded-up size would scale every pixel.
    private static func native(_ guest: PixelSize, into window: LogicalSize?, scale: SurfaceScale) -> LogicalSize {
        let most = LogicalSize(
            width: scale.logical(within: Int64(guest.width)), height: scale.logical(within: Int64(guest.height)))
        guard let window else { return most }
        return LogicalSize(width: min(most.width, window.width), height: min(most.height, window.height))
    }

    /// The middle part of the guest's screen that has as many pixels as there are device pixels; nil where that is all of it.
    private static func crop(_ guest: PixelSize, to size: LogicalSize, scale: SurfaceScale) -> PixelRectangle? {
        let width = Int32(min(Int64(guest.width), scale.device(size.width)))
        let height = Int32(min(Int64(guest.height), scale.device(size.height)))
        guard width < Int32(guest.width) || height < Int32(guest.height) else { return nil }
        return PixelRectangle(
            x: (Int32(guest.width) - width) / 2, y: (Int32(guest.height) - height) / 2, width: width, height: height)
    }

    /// The place of a plane over the picture, such as the cursor, at this point of the guest's screen. All parameters are turned already.
    ///
    /// - Parameter isCut: whether the plane is cut off at the picture's edges.
    /// - Returns: nil where nothing of it is left.
    package func overlay(_ plane: PixelSize, at point: PixelPoint, guest: PixelSize, isCut: Bool) -> Overlay? {
        // In pixels of the part that is shown; 64 bits wide, since a guest may send any point.
        let left = Int64(point.x) - Int64(source?.x ?? 0), top = Int64(point.y) - Int64(source?.y ?? 0)
        let width = shownWidth(guest), height = shownHeight(guest)
        let from = (x: max(left, 0), y: max(top, 0))
        let to = (x: min(left + Int64(plane.width), Int64(width)), y: min(top + Int64(plane.height), Int64(height)))
        guard from.x < to.x, from.y < to.y else { return isCut ? nil : whole(plane, left, top, guest) }
        let part = PixelRectangle(
            x: Int32(from.x - left), y: Int32(from.y - top), width: Int32(to.x - from.x), height: Int32(to.y - from.y))
        if !isCut || (part.width == Int32(plane.width) && part.height == Int32(plane.height)) {
            return whole(plane, left, top, guest)
        }
        return Overlay(
            source: part,
            position: (
                Self.scaled(from.x, by: destination.width, over: width), Self.scaled(from.y, by: destination.height, over: height)
            ),
            size: LogicalSize(
                width: max(1, Self.scaled(Int64(part.width), by: destination.width, over: width)),
                height: max(1, Self.scaled(Int64(part.height), by: destination.height, over: height))))
    }

    private func whole(_ plane: PixelSize, _ left: Int64, _ top: Int64, _ guest: PixelSize) -> Overlay {
        let width = shownWidth(guest), height = shownHeight(guest)
        return Overlay(
            source: nil,
            position: (
                Self.scaled(left, by: destination.width, over: width), Self.scaled(top, by: destination.height, over: height)
            ),
            size: LogicalSize(
                width: max(1, Self.scaled(Int64(plane.width), by: destination.width, over: width)),
                height: max(1, Self.scaled(Int64(plane.height), by: destination.height, over: height))))
    }

    private func shownWidth(_ guest: PixelSize) -> Int32 { source?.width ?? Int32(guest.width) }
    private func shownHeight(_ guest: PixelSize) -> Int32 { source?.height ?? Int32(guest.height) }

    /// Rounds to nearest, and keeps a guest's extreme values within a compositor's coordinates.
    private static func scaled(_ value: Int64, by numerator: Int32, over denominator: Int32) -> Int32 {
        let exact = Double(value) * Double(numerator) / Double(denominator)
        return Int32(min(max(exact.rounded(), -100_000), 100_000))
    }
}

extension Placement {
    package var hasBars: Bool { destination != window }

    package var withoutBars: Placement {
        var placement = self
        placement.window = destination
        placement.offset = (0, 0)
        return placement
    }
}
