// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes

/// What a monitor says of itself (VESA E-EDID 1.4, release A2): here, that it has exactly one size, the window's.
///
/// A mode that the base block's detailed timing can't say goes into a DisplayID extension, where the device takes one; the base
/// block then has the nearest mode that it can say, for guests that don't read the extension.
package struct EDID: Equatable, Sendable {
    /// 128 bytes, or 256 with the extension.
    package let bytes: [UInt8]
    /// What the guest is really asked for: smaller or slower than the mode given where the device can't be told more.
    package let mode: DisplayMode

    /// Linux takes no smaller detailed timing (drm_edid.c, drm_mode_detailed).
    package static let smallest: UInt32 = 64
    /// What a guest may show at all (``LayoutClaim/largestPrimary``).
    package static let largest = LayoutClaim.largestPrimary
    /// In mHz. Slower, the smallest mode's blanking has no field; faster, the picture's share of a frame dwindles.
    package static let refreshes: ClosedRange<UInt32> = 24_000...500_000
    /// One block.
    package static let blockSize = 128

    /// - Parameters:
    ///   - wanted: any mode at all; it is brought within `limit` and ``smallest``, keeping its aspect ratio.
    ///   - limit: the device's largest size; 0 is no limit.
    ///   - room: bytes that the device takes, 128 at least; from 256 on sizes above 4095 are possible.
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

    /// Makes the sum of a block's bytes 0 by its last one.
    static func seal(_ block: inout [UInt8], at end: Int) {
        block[end] = 0 &- block[..<end].reduce(0, &+)
    }
}

extension PixelSize {
    /// The largest size of the same aspect ratio within `limit`: itself, where it fits.
    func fitted(into limit: PixelSize) -> PixelSize {
        guard width > limit.width || height > limit.height else { return self }
        let byWidth = UInt64(height) * UInt64(limit.width) / UInt64(max(width, 1))
        if byWidth <= UInt64(limit.height) { return PixelSize(width: limit.width, height: max(UInt32(byWidth), 1)) }
        let byHeight = UInt64(width) * UInt64(limit.height) / UInt64(max(height, 1))
        return PixelSize(width: max(UInt32(byHeight), 1), height: limit.height)
    }

    func atLeast(_ side: UInt32) -> PixelSize { PixelSize(width: max(width, side), height: max(height, side)) }
}
