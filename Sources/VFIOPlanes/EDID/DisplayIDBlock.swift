// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// An extension block that carries one mode of any size (VESA DisplayID 1.3 inside an EDID).
///
/// The timing is of type I rather than the newer type VII: its fields are as wide, and more guests read it.
struct DisplayIDBlock {
    private static let tag: UInt8 = 0x70
    private static let version: UInt8 = 0x13
    private static let productType: UInt8 = 3  // a standalone display

    let bytes: [UInt8]

    init(timing: VideoTiming, millimetres: PixelSize) {
        let data =
            Self.block(0x00, Self.product) + Self.block(0x01, Self.parameters(timing, millimetres))
            + Self.block(0x03, Self.mode(timing)) + Self.block(0x0F, Self.interface)

        var block = [UInt8](repeating: 0, count: EDID.blockSize)
        block.replaceSubrange(0..<5, with: [Self.tag, Self.version, UInt8(data.count), Self.productType, 0])
        block.replaceSubrange(5..<5 + data.count, with: data)
        // The section's own sum follows its data and leaves out the extension's tag.
        let end = 5 + data.count
        block[end] = 0 &- block[1..<end].reduce(0, &+)
        EDID.seal(&block, at: 127)
        bytes = block
    }

    /// A data block: the tag, revision 0, the length and the body.
    private static func block(_ tag: UInt8, _ body: [UInt8]) -> [UInt8] { [tag, 0, UInt8(body.count)] + body }

    /// Product Identification: the same as in the base block, the year counted from 2000, no name.
    private static let product: [UInt8] =
        Array(BaseBlock.manufacturer.utf8)
        + [UInt8(BaseBlock.product & 0xFF), UInt8(BaseBlock.product >> 8), 1, 0, 0, 0, 0xFF, BaseBlock.year - 10, 0]

    /// Display Parameters: the size in tenths of a millimetre and in pixels; no features; gamma and aspect ratio in hundredths above
    /// 1; 8 bits a colour.
    private static func parameters(_ timing: VideoTiming, _ millimetres: PixelSize) -> [UInt8] {
        let long = UInt64(max(timing.width, timing.height)), short = UInt64(min(timing.width, timing.height))
        return plain(millimetres.width * 10) + plain(millimetres.height * 10) + plain(timing.width) + plain(timing.height)
            + [0, 120, UInt8(min(long * 100 / short - 100, 255)), 0x77]
    }

    /// Type I Timing - Detailed. Each number is stored less one; the clock is in steps of 10 kHz.
    private static func mode(_ timing: VideoTiming) -> [UInt8] {
        let horizontal = VideoTiming.horizontal, vertical = timing.vertical
        let clock = max((timing.clockKilohertz + 5) / 10, 1) - 1
        return [UInt8(truncatingIfNeeded: clock), UInt8(truncatingIfNeeded: clock >> 8), UInt8(truncatingIfNeeded: clock >> 16)]
            + [0x80 | aspect(timing)]  // the preferred one, progressive
            + lessOne(timing.width) + lessOne(timing.horizontalBlanking)
            + lessOne(horizontal.front, positive: true) + lessOne(horizontal.sync)
            + lessOne(timing.height) + lessOne(timing.verticalBlanking)
            + lessOne(vertical.front) + lessOne(vertical.sync)
    }

    /// Display Interface Features: DisplayPort 1.2 over one link, RGB with 8 bits a colour, no content protection.
    private static let interface: [UInt8] = [0xA1, 0x12, 0x02, 0, 0, 0, 0, 0, 0, 0]

    private static func plain(_ value: UInt32) -> [UInt8] {
        [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
    }

    /// A number less one, with the sync's polarity in the highest bit.
    private static func lessOne(_ value: UInt32, positive: Bool = false) -> [UInt8] {
        plain(value - 1 | (positive ? 0x8000 : 0))
    }

    /// The number of the timing's aspect ratio; 8 stands for any other.
    private static func aspect(_ timing: VideoTiming) -> UInt8 {
        let table: [(UInt32, UInt32)] = [(1, 1), (5, 4), (4, 3), (15, 9), (16, 9), (16, 10), (64, 27), (256, 135)]
        let index = table.firstIndex { timing.width * $0.1 == timing.height * $0.0 }
        return UInt8(index ?? table.count)
    }
}
