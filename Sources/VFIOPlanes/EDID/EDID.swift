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

/// The first 128 bytes of an EDID (E-EDID 1.4, section 3).
struct BaseBlock {
    /// Three letters that are free in the UEFI Forum's PNP ID list (hwdata 0.368). Guests store a monitor's settings under them, so
    /// they never change.
    static let manufacturer = "ORL"
    static let product: UInt16 = 1
    static let year: UInt8 = 36  // 2026, counted from 1990

    let bytes: [UInt8]

    /// Modes that every guest knows. Those no larger than the window are offered as well.
    private static let established: [(size: PixelSize, byte: Int, bit: UInt8, lineHertz: UInt64, clock: UInt64)] = [
        (PixelSize(width: 640, height: 480), 35, 0x20, 31_469, 25_175),
        (PixelSize(width: 800, height: 600), 35, 0x01, 37_879, 40_000),
        (PixelSize(width: 1024, height: 768), 36, 0x08, 48_363, 65_000),
    ]

    /// - Parameters:
    ///   - mode: The guest's new mode.
    ///   - detailed: The same mode, or the nearest that a detailed timing can express.
    ///   - extra: The extension's timing; nil without an extension.
    init(mode: DisplayMode, detailed: VideoTiming, beside extra: VideoTiming?) {
        let millimetres = Self.millimetres(of: mode)
        var block = [UInt8](repeating: 0, count: EDID.blockSize)
        func put(_ bytes: [UInt8], at offset: Int) { block.replaceSubrange(offset..<offset + bytes.count, with: bytes) }

        put([0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00], at: 0)
        // Five bits a letter, big-endian, A is 1.
        let letters = Self.manufacturer.utf8.reduce(UInt16(0)) { $0 << 5 | UInt16($1 & 0x1F) }
        put([UInt8(letters >> 8), UInt8(letters & 0xFF), UInt8(Self.product & 0xFF), UInt8(Self.product >> 8)], at: 8)
        put([1, 0, 0, 0], at: 12)  // serial number
        put([0xFF, Self.year, 1, 4], at: 16)  // 0xFF: the year is the model's; EDID 1.4
        // Digital, 8 bits a colour, DisplayPort (as i915's virtual port is); centimetres; gamma 2.2; RGB 4:4:4, sRGB, and the
        // first detailed timing is the native one.
        put([0xA5, centimetres(millimetres.width), centimetres(millimetres.height), 120, 0x06], at: 20)
        // sRGB's primaries and white point, in 1/1024: the words of the standard's own example.
        put([0xEE, 0x91, 0xA3, 0x54, 0x4C, 0x99, 0x26, 0x0F, 0x50, 0x54], at: 25)
        let offered = Self.established.filter {
            $0.size.width <= detailed.width && $0.size.height <= detailed.height
        }
        for entry in offered { block[entry.byte] |= entry.bit }
        put([UInt8](repeating: 0x01, count: 16), at: 38)  // no standard timings

        put(DetailedTiming.bytes(detailed, millimetres: millimetres), at: 54)
        put(Self.text(0xFC, "Oriel"), at: 72)
        let timings = [detailed] + (extra.map { [$0] } ?? [])
        let rates = timings.map { ($0.lineHertz, $0.clockKilohertz) } + offered.map { ($0.lineHertz, $0.clock) }
        put(Self.range(of: rates, refreshes: [mode.refreshMillihertz] + (offered.isEmpty ? [] : [60_000])), at: 90)
        put(Self.dummy, at: 108)
        block[126] = extra == nil ? 0 : 1
        EDID.seal(&block, at: 127)
        bytes = block

        func centimetres(_ millimetres: UInt32) -> UInt8 { UInt8(min(max((millimetres + 5) / 10, 1), 255)) }
    }

    /// The picture's physical size: the host's word, or 96 pixels an inch. Larger sizes are scaled down to the 255 cm that the fields
    /// hold.
    static func millimetres(of mode: DisplayMode) -> PixelSize {
        let told = mode.millimetres.flatMap { $0.width > 0 && $0.height > 0 ? $0 : nil }
        let size =
            told
            ?? PixelSize(
                width: UInt32(UInt64(mode.size.width) * 254 / 960), height: UInt32(UInt64(mode.size.height) * 254 / 960))
        return size.fitted(into: PixelSize(width: 2550, height: 2550)).atLeast(10)
    }

    private static let dummy: [UInt8] = [0, 0, 0, 0x10] + [UInt8](repeating: 0, count: 14)

    /// A text descriptor: at most 13 characters, ended by a line feed and filled with spaces.
    private static func text(_ tag: UInt8, _ text: String) -> [UInt8] {
        [0, 0, 0, tag, 0] + (Array(text.utf8) + [0x0A] + [UInt8](repeating: 0x20, count: 12)).prefix(13)
    }

    /// The range limits descriptor (section 3.10.3.3.1) that encloses all timings, or the dummy where a rate is beyond its fields.
    private static func range(of rates: [(line: UInt64, clock: UInt64)], refreshes: [UInt32]) -> [UInt8] {
        let lines = rates.map(\.line), clock = rates.map(\.clock).max()!
        let slowest = UInt64(refreshes.min()!) / 1000, fastest = (UInt64(refreshes.max()!) + 999) / 1000
        let low = lines.min()! / 1000, high = (lines.max()! + 999) / 1000
        // Rounding to the clock's steps may have moved a rate over a whole number.
        guard let vertical = limits(max(slowest, 2) - 1, fastest + 1), let horizontal = limits(max(low, 1), high + 1),
            clock <= 2_550_000
        else { return dummy }
        // 0x01: limits only, without a formula from which to derive other timings.
        return [0, 0, 0, 0xFD, vertical.flags | horizontal.flags << 2] + vertical.bytes + horizontal.bytes
            + [UInt8((clock + 9_999) / 10_000), 0x01, 0x0A] + [UInt8](repeating: 0x20, count: 6)
    }

    /// Two limits of one byte each, 1…255. The flags add 255: 2 to the upper one, 3 to both.
    private static func limits(_ low: UInt64, _ high: UInt64) -> (bytes: [UInt8], flags: UInt8)? {
        switch (low, high) {
        case (1...255, 1...255): ([UInt8(low), UInt8(high)], 0)
        case (1...255, 256...510): ([UInt8(low), UInt8(high - 255)], 2)
        case (256...510, 256...510): ([UInt8(low - 255), UInt8(high - 255)], 3)
        default: nil
        }
    }
}
