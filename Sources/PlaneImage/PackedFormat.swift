// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// The positions of a packed format's channels in its little-endian word, from the comments in drm_fourcc.h.
struct PackedFormat {
    struct Channel {
        let shift: UInt32
        let bits: UInt32

        /// The channel's value in a word, scaled to 8 bits with rounding.
        func value(_ word: UInt32) -> UInt8 {
            let most = (1 as UInt32) << bits - 1
            return UInt8(((word >> shift & most) * 255 + most / 2) / most)
        }
    }

    let bytes: Int
    let red: Channel
    let green: Channel
    let blue: Channel
    /// Nil if the format has no alpha, or its alpha has no meaning.
    let alpha: Channel?

    /// Returns nil for planar and floating-point formats.
    init?(_ format: PixelFormat) {
        guard let order = Self.orders[format.opaque.name] else { return nil }
        bytes = Int(format.bytesPerPixel())
        var channels: [Character: Channel] = [:]
        var shift: UInt32 = 0
        // The name lists the channels from the highest bits to the lowest.
        for (letter, bits) in order.reversed() {
            channels[letter] = Channel(shift: shift, bits: bits)
            shift += bits
        }
        guard let red = channels["R"], let green = channels["G"], let blue = channels["B"] else { return nil }
        self.red = red
        self.green = green
        self.blue = blue
        alpha = format.hasAlpha ? channels["X"] : nil
    }

    /// The channels from the highest bit to the lowest, by the name of the format's opaque twin.
    private static let orders: [String: [(Character, UInt32)]] = [
        "XR24": [("X", 8), ("R", 8), ("G", 8), ("B", 8)], "XB24": [("X", 8), ("B", 8), ("G", 8), ("R", 8)],
        "RX24": [("R", 8), ("G", 8), ("B", 8), ("X", 8)], "BX24": [("B", 8), ("G", 8), ("R", 8), ("X", 8)],
        "XR30": [("X", 2), ("R", 10), ("G", 10), ("B", 10)], "XB30": [("X", 2), ("B", 10), ("G", 10), ("R", 10)],
        "RX30": [("R", 10), ("G", 10), ("B", 10), ("X", 2)], "BX30": [("B", 10), ("G", 10), ("R", 10), ("X", 2)],
        "XR15": [("X", 1), ("R", 5), ("G", 5), ("B", 5)], "XB15": [("X", 1), ("B", 5), ("G", 5), ("R", 5)],
        "XR12": [("X", 4), ("R", 4), ("G", 4), ("B", 4)], "XB12": [("X", 4), ("B", 4), ("G", 4), ("R", 4)],
        "RG16": [("R", 5), ("G", 6), ("B", 5)], "BG16": [("B", 5), ("G", 6), ("R", 5)],
        "RG24": [("R", 8), ("G", 8), ("B", 8)], "BG24": [("B", 8), ("G", 8), ("R", 8)],
    ]
}
