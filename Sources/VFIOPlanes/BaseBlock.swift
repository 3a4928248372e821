// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

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
