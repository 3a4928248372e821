// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes

/// A monitor's description of itself (VESA E-EDID 1.4, release A2): here, a monitor of exactly one size, the window's.
///
/// A mode that the base block's detailed timing can't express goes into a DisplayID extension, where the device takes one. The base
/// block then has the nearest mode that it can express, for guests that don't read the extension.
package struct EDID: Equatable, Sendable {
    /// 128 bytes, or 256 with the extension.
    package let bytes: [UInt8]
    /// The mode that the guest is really asked for: smaller or slower than the wanted one where the device takes no more.
    package let mode: DisplayMode

    /// The smallest detailed timing that Linux takes, in pixels (drm_edid.c, drm_mode_detailed).
    package static let smallest: UInt32 = 64
    /// The largest picture that a guest may show, in pixels (``LayoutClaim/largestPrimary``).
    package static let largest = LayoutClaim.largestPrimary
    /// The refresh rates offered, in mHz. At slower ones the smallest mode's blanking exceeds its field; at faster ones hardly any
    /// time is left for the picture.
    package static let refreshes: ClosedRange<UInt32> = 24_000...500_000
    /// Bytes of one block.
    package static let blockSize = 128

    /// - Parameters:
    ///   - wanted: Any mode at all; it is brought between ``smallest`` and `limit`, keeping its aspect ratio.
    ///   - limit: The device's largest size; 0 means no limit.
    ///   - room: The bytes that the device takes, at least 128; 256 make sizes above 4095 possible.
    package init(_ wanted: DisplayMode, limit: PixelSize = PixelSize(width: 0, height: 0), room: Int = EDID.blockSize) {
        let limit = PixelSize(
            width: limit.width == 0 ? Self.largest : min(limit.width, Self.largest),
            height: limit.height == 0 ? Self.largest : min(limit.height, Self.largest))
        let refresh = min(max(wanted.refreshMillihertz, Self.refreshes.lowerBound), Self.refreshes.upperBound)
        let size = wanted.size.fitted(into: limit).atLeast(Self.smallest)
        let timing = VideoTiming(size, refreshMillihertz: refresh)
        let base = DetailedTiming.nearest(to: size, refreshMillihertz: refresh)
        if base.timing == timing || room < 2 * Self.blockSize {
            mode = DisplayMode(
                size: base.size, millimetres: wanted.millimetres, refreshMillihertz: base.refreshMillihertz)
            bytes = BaseBlock(mode: mode, detailed: base.timing, beside: nil).bytes
        } else {
            mode = DisplayMode(size: size, millimetres: wanted.millimetres, refreshMillihertz: refresh)
            bytes =
                BaseBlock(mode: mode, detailed: base.timing, beside: timing).bytes
                + DisplayIDBlock(timing: timing, millimetres: BaseBlock.millimetres(of: mode)).bytes
        }
    }

    /// Sets a block's last byte so that the sum of all its bytes is 0.
    static func seal(_ block: inout [UInt8], at end: Int) {
        block[end] = 0 &- block[..<end].reduce(0, &+)
    }
}

extension PixelSize {
    /// The largest size of the same aspect ratio within `limit`, no larger than this one.
    func fitted(into limit: PixelSize) -> PixelSize {
        guard width > limit.width || height > limit.height else { return self }
        let byWidth = UInt64(height) * UInt64(limit.width) / UInt64(max(width, 1))
        if byWidth <= UInt64(limit.height) { return PixelSize(width: limit.width, height: max(UInt32(byWidth), 1)) }
        let byHeight = UInt64(width) * UInt64(limit.height) / UInt64(max(height, 1))
        return PixelSize(width: max(UInt32(byHeight), 1), height: limit.height)
    }

    func atLeast(_ side: UInt32) -> PixelSize { PixelSize(width: max(width, side), height: max(height, side)) }
}
