// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Lettering
internal import PlaneImage
internal import Planes

/// What a screen shows while no source is there.
struct IdlePicture: Equatable {
    let size: PixelSize
    /// XRGB8888 in rows without padding.
    let pixels: [UInt32]

    /// The largest picture in pixels, that of an 8K screen.
    static let most = 7680 * 4320
    private static let ink: UInt32 = 0xFFF0_F2F6
    private static let paper: UInt32 = 0xFF00_0000
    private static let mostLines = 8

    /// Reads a PNG file. What is transparent in it is black.
    init(file path: String) throws(PlaneImageError) {
        let image = try PNG.read(path, atMost: Self.most)
        size = image.size
        pixels = stride(from: 0, to: image.bytes.count, by: 4).map { at in
            0xFF00_0000 | UInt32(image.bytes[at]) << 16 | UInt32(image.bytes[at + 1]) << 8 | UInt32(image.bytes[at + 2])
        }
    }

    /// Writes a text in the middle of a black screen, in letters that can be read from some steps away.
    ///
    /// - Parameter size: the screen's, in pixels.
    init(text: String, size: PixelSize) {
        var sheet = Sheet(size: size, color: Self.paper)
        let width = Int32(clamping: size.width), height = Int32(clamping: size.height), dot = max(1, min(width, height) / 240)
        let lines = Lettering.wrapped(text, width: width * 4 / 5, dot: dot, atMost: Self.mostLines)
        let lineHeight = Int32(Lettering.size(of: " ", dot: dot).height) * 3 / 2
        var top = (height - lineHeight * Int32(lines.count)) / 2
        for line in lines {
            let left = (width - Int32(Lettering.size(of: line, dot: dot).width)) / 2
            sheet.write(line, at: PixelPoint(x: left, y: top), dot: dot, color: Self.ink)
            top += lineHeight
        }
        self.size = size
        pixels = sheet.pixels
    }

    /// Nothing: a black screen.
    static var black: IdlePicture { IdlePicture(text: "", size: PixelSize(width: 16, height: 16)) }
}
