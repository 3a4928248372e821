// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

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
