// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// How the guest's picture is fitted into the window.
public enum ScaleMode: String, CaseIterable, Sendable {
    /// As large as fits, in the guest's proportions.
    case fit
    /// The largest whole multiple that fits; smaller than the guest: as `fit`.
    case integer
    /// One guest pixel on one device pixel; what doesn't fit is cut off at all sides alike.
    case native
    /// The whole window, whatever the proportions.
    case stretch
}

/// A size in the compositor's logical units.
struct LogicalSize: Equatable {
    var width: Int32
    var height: Int32
}

/// The compositor's preferred scale in 120ths, as wp_fractional_scale_v1 counts.
struct SurfaceScale: Equatable {
    var numerator: UInt32 = 120
    var factor: Double { Double(numerator) / 120 }
}

/// A plane over the picture: which part of its buffer is shown, where on the picture, and how large.
struct Overlay {
    /// nil for all of it.
    var source: PixelRectangle?
    var position: (x: Int32, y: Int32)
    var size: LogicalSize
}

/// Where the picture goes: which part of the buffer, how large, and where in the window.
struct Placement: Equatable {
    /// The part of the buffer shown, in whole guest pixels; nil for all of it.
    var source: PixelRectangle?
    /// The picture's size on the window.
    var destination: LogicalSize
    /// The picture's top left in the window: the width of the left bar, the height of the top one.
    var offset: (x: Int32, y: Int32)
    /// The window with its bars.
    var window: LogicalSize

    static func == (left: Placement, right: Placement) -> Bool {
        left.source == right.source && left.destination == right.destination && left.offset == right.offset
            && left.window == right.window
    }

    /// - Parameters:
    ///   - guest: the primary plane's size.
    ///   - window: what the compositor configured, or nil where it leaves the size to us: then one guest pixel is one device pixel.
    init(guest: PixelSize, window: LogicalSize?, mode: ScaleMode, scale: SurfaceScale) {
        let natural = LogicalSize(
            width: Self.logical(guest.width, scale), height: Self.logical(guest.height, scale))
        guard let window else {
            self.init(source: nil, destination: natural, offset: (0, 0), window: natural)
            return
        }
        var source: PixelRectangle?
        var size: LogicalSize
        switch mode {
        case .stretch: size = window
        case .fit: size = Self.fitted(guest, into: window, scale: scale)
        case .integer:
            let multiple = min(
                Double(window.width) * scale.factor / Double(guest.width),
                Double(window.height) * scale.factor / Double(guest.height)
            ).rounded(.down)
            size =
                multiple < 1
                ? Self.fitted(guest, into: window, scale: scale)
                : LogicalSize(
                    width: Self.logical(guest.width * UInt32(multiple), scale),
                    height: Self.logical(guest.height * UInt32(multiple), scale))
        case .native:
            size = LogicalSize(
                width: min(natural.width, window.width), height: min(natural.height, window.height))
            if size != natural { source = Self.crop(guest, to: size, scale: scale) }
        }
        // A pixel or two short of the window is rounding: only the exact size can be scanned out.
        if mode != .native, abs(window.width - size.width) <= 2, abs(window.height - size.height) <= 2 { size = window }
        self.init(
            source: source, destination: size,
            offset: ((window.width - size.width) / 2, (window.height - size.height) / 2), window: window)
    }

    private init(source: PixelRectangle?, destination: LogicalSize, offset: (x: Int32, y: Int32), window: LogicalSize) {
        self.source = source
        self.destination = destination
        self.offset = offset
        self.window = window
    }

    private static func logical(_ device: UInt32, _ scale: SurfaceScale) -> Int32 {
        max(1, Int32((Double(device) / scale.factor).rounded()))
    }

    private static func fitted(_ guest: PixelSize, into window: LogicalSize, scale: SurfaceScale) -> LogicalSize {
        let factor = min(Double(window.width) / Double(guest.width), Double(window.height) / Double(guest.height))
        return LogicalSize(
            width: min(window.width, max(1, Int32((Double(guest.width) * factor).rounded()))),
            height: min(window.height, max(1, Int32((Double(guest.height) * factor).rounded()))))
    }

    private static func crop(_ guest: PixelSize, to size: LogicalSize, scale: SurfaceScale) -> PixelRectangle {
        let width = min(Int32(guest.width), max(1, Int32(Double(size.width) * scale.factor)))
        let height = min(Int32(guest.height), max(1, Int32(Double(size.height) * scale.factor)))
        return PixelRectangle(
            x: (Int32(guest.width) - width) / 2, y: (Int32(guest.height) - height) / 2, width: width, height: height)
    }

    /// Where a plane over the picture goes: the cursor, at this place of the guest's screen.
    ///
    /// - Parameter isCut: whether what hangs over the picture's edges is cut off.
    /// - Returns: nil where that leaves nothing.
    func overlay(_ plane: PixelSize, at point: PixelPoint, guest: PixelSize, isCut: Bool) -> Overlay? {
        // In the shown part's own pixels; 64 bits, since a guest may say any place.
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

    /// Rounded to nearest, and kept within what a compositor's coordinates can hold whatever the guest said.
    private static func scaled(_ value: Int64, by numerator: Int32, over denominator: Int32) -> Int32 {
        let exact = Double(value) * Double(numerator) / Double(denominator)
        return Int32(min(max(exact.rounded(), -100_000), 100_000))
    }
}
