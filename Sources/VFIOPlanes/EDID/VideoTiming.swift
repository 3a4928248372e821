// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// One mode's signal by VESA's Coordinated Video Timings 1.2, reduced blanking version 2.
///
/// Version 2 has a character cell of one pixel, version 1 one of 8: a guest gets exactly the window's width. No signal is ever
/// generated; guests read the sizes and the refresh rate.
struct VideoTiming: Equatable {
    let width: UInt32
    let height: UInt32
    /// Horizontal blanking, in pixels: front porch, sync, back porch.
    static let horizontal = (front: UInt32(8), sync: UInt32(32), back: UInt32(40))  // CVT 1.2, RB v2: H_BLANK is 80
    /// Vertical blanking, in lines.
    let vertical: (front: UInt32, sync: UInt32, back: UInt32)
    let clockKilohertz: UInt64

    private static let shortestBlanking: UInt64 = 460  // RB_MIN_V_BLANK, microseconds
    private static let verticalSync: UInt32 = 8  // RB_V_SYNC, lines
    private static let backPorch: UInt32 = 6  // RB_MIN_V_BPORCH, lines
    /// Kilohertz. Readers such as edid-decode take a slower detailed timing for damaged; small modes get more blanking lines.
    private static let slowestClock: UInt64 = 10_000

    /// - Parameters:
    ///   - size: From 1x1 to the largest picture that ``LayoutClaim`` allows.
    ///   - refreshMillihertz: Within ``EDID/refreshes``.
    init(_ size: PixelSize, refreshMillihertz: UInt32) {
        width = size.width
        height = size.height
        let refresh = UInt64(refreshMillihertz), lines = UInt64(size.height)
        // VBI_LINES = floor(RB_MIN_V_BLANK / H_PERIOD_EST) + 1, with H_PERIOD_EST in whole numbers.
        let estimate = Self.shortestBlanking * lines * refresh / (1_000_000_000 - Self.shortestBlanking * refresh) + 1
        let line = (UInt64(width) + 80) * refresh
        let filling = (Self.slowestClock * 1_000_000 / line + 1).subtractingReportingOverflow(lines)
        let blanking = max(
            UInt32(estimate), 1 + Self.verticalSync + Self.backPorch, filling.overflow ? 0 : UInt32(filling.partialValue))
        vertical = (blanking - Self.verticalSync - Self.backPorch, Self.verticalSync, Self.backPorch)
        clockKilohertz = line * (lines + UInt64(blanking)) / 1_000_000
    }

    var horizontalBlanking: UInt32 { Self.horizontal.front + Self.horizontal.sync + Self.horizontal.back }
    var verticalBlanking: UInt32 { vertical.front + vertical.sync + vertical.back }
    /// Lines per second.
    var lineHertz: UInt64 { clockKilohertz * 1000 / UInt64(width + horizontalBlanking) }

    static func == (left: Self, right: Self) -> Bool {
        left.width == right.width && left.height == right.height && left.vertical == right.vertical
            && left.clockKilohertz == right.clockKilohertz
    }
}

/// The 18 bytes of a detailed timing descriptor (E-EDID 1.4, section 3.10.2).
enum DetailedTiming {
    /// Twelve bits for pixels and lines, sixteen for the clock in steps of 10 kHz, six for the front porch's lines.
    static let largestSide: UInt32 = 4095
    static let largestClock: UInt64 = 655_350
    static let largestFrontPorch: UInt32 = 63

    /// The nearest mode that the descriptor can express. The size counts for more than the rate: it is reduced only where it has no
    /// field, and then the rate where the clock has none.
    static func nearest(
        to size: PixelSize, refreshMillihertz: UInt32
    ) -> (size: PixelSize, refreshMillihertz: UInt32, timing: VideoTiming) {
        let size = size.fitted(into: PixelSize(width: largestSide, height: largestSide)).atLeast(EDID.smallest)
        let timing = VideoTiming(size, refreshMillihertz: refreshMillihertz)
        guard timing.clockKilohertz > largestClock else { return (size, refreshMillihertz, timing) }
        // The blanking shrinks with the rate, so the ratio gives a rate that fits; 4095x4095 still has 37 Hz.
        let slower = UInt32(UInt64(refreshMillihertz) * largestClock / timing.clockKilohertz)
        return (size, slower, VideoTiming(size, refreshMillihertz: slower))
    }

    static func bytes(_ timing: VideoTiming, millimetres: PixelSize) -> [UInt8] {
        // Rounding to the nearest step keeps the rate's error smallest.
        let clock = max((timing.clockKilohertz + 5) / 10, 1)
        let horizontal = VideoTiming.horizontal
        // Front porch lines beyond the six bits move behind the sync; the blanking as a whole stays CVT's.
        let front = min(timing.vertical.front, largestFrontPorch)
        let blanking = (timing.horizontalBlanking, timing.verticalBlanking)
        return [
            UInt8(truncatingIfNeeded: clock), UInt8(truncatingIfNeeded: clock >> 8),
            low(timing.width), low(blanking.0), high(timing.width, blanking.0),
            low(timing.height), low(blanking.1), high(timing.height, blanking.1),
            low(horizontal.front), low(horizontal.sync), UInt8(front & 15) << 4 | UInt8(timing.vertical.sync & 15),
            UInt8(horizontal.front >> 8) << 6 | UInt8(horizontal.sync >> 8) << 4 | UInt8(front >> 4) << 2
                | UInt8(timing.vertical.sync >> 4),
            low(millimetres.width), low(millimetres.height), high(millimetres.width, millimetres.height),
            0, 0,  // no borders
            0x1A,  // digital separate sync, horizontal positive, vertical negative: CVT's mark of reduced blanking
        ]
    }

    private static func low(_ value: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: value) }
    private static func high(_ left: UInt32, _ right: UInt32) -> UInt8 { UInt8(left >> 8 & 15) << 4 | UInt8(right >> 8 & 15) }
}
