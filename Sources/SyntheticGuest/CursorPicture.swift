// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
package import Planes

/// The cursor: a white arrow with a dark rim, premultiplied AR24, its edges partly transparent.
enum CursorPicture {
    static let size = PixelSize(width: 64, height: 64)
    /// The arrow's tip.
    static let hotSpot = PixelPoint(x: 2, y: 2)

    private typealias Corner = (x: Float, y: Float)
    /// The corners of the whole arrow, and of its white part, which lies 2.5 pixels inside the outline.
    private static let outline: [Corner] = [(2, 2), (2, 46), (13, 36), (21, 55), (29, 51), (21, 33), (36, 33)]
    private static let filling: [Corner] = [
        (4.5, 7.66), (4.5, 40.35), (13.93, 31.77), (22.27, 51.57), (25.75, 49.83), (17.15, 30.5), (29.55, 30.5),
    ]
    /// A pixel's samples along each side.
    private static let samples = 4

    /// Replaces the canvas's pixels. The first frame waits for this, so the coverage is counted from the points at which the sides cross
    /// a line rather than pixel by pixel.
    static func draw(on canvas: Canvas) {
        for y in canvas.rows {
            let row = UnsafeMutableBufferPointer(start: canvas.row(y), count: canvas.width)
            row.update(repeating: 0)
            for line in 0..<samples {
                let height = Float(y) + (Float(line) + 0.5) / Float(samples)
                mark(outline, at: height, by: 1, row)
                mark(filling, at: height, by: 1 << 16, row)
            }
            // A mark is the difference between the coverage of two neighbouring pixels; the running sum is the coverage.
            var sum: UInt32 = 0
            for x in row.indices {
                sum &+= row[x]
                row[x] = color(covered: sum & 0xFFFF, white: sum >> 16)
            }
        }
    }

    /// Adds `weight` for each sample in the shape from where its sides cross this height, and takes it away where they cross back.
    private static func mark(_ shape: [Corner], at height: Float, by weight: UInt32, _ row: UnsafeMutableBufferPointer<UInt32>) {
        for index in shape.indices {
            let start = shape[index], end = shape[(index + 1) % shape.count]
            let isDown = start.y <= height && height < end.y
            guard isDown || end.y <= height && height < start.y else { continue }
            let crossing = start.x + (height - start.y) * (end.x - start.x) / (end.y - start.y)
            let pixel = Int(crossing)
            let right = UInt32(((Float(pixel) + 1 - crossing) * Float(samples)).rounded())
            // The corners go round counterclockwise: right of a side that goes down is inside.
            let signed = isDown ? weight : 0 &- weight
            row[pixel] &+= signed &* right
            row[pixel + 1] &+= signed &* (UInt32(samples) - right)
        }
    }

    /// Premultiplied.
    private static func color(covered: UInt32, white: UInt32) -> UInt32 {
        let all = UInt32(samples * samples)
        let alpha = covered * 255 / all, level = white * 255 / all
        return alpha << 24 | level << 16 | level << 8 | level
    }
}

/// Where the cursor is. It hangs over each edge in turn and never covers the frame counter.
package enum CursorPath {
    /// The top left corner of the cursor plane at a tick of the guest.
    package static func position(
        _ cursor: GuestOptions.Cursor, tick: UInt64, rate: Double, size: PixelSize
    ) -> PixelPoint {
        let below = FrameCounter.area.y * 2 + FrameCounter.area.height
        let width = Double(size.width), height = Double(size.height)
        guard cursor == .moving || cursor == .only else {
            return PixelPoint(x: Int32(size.width / 2), y: max(Int32(size.height / 2), below))
        }
        // Seconds of the guest's own time, so that the speed doesn't depend on the rate.
        let time = Double(tick) / (rate > 0 ? rate : 60)
        let half = Double(CursorPicture.size.width) / 2
        let x = width / 2 * (1 + cos(time * 1.3)) - half
        let y = height / 2 * (1 + sin(time * 2.1)) - half
        // Towards the counter the path bends below it, without a jump.
        let rightOf = Double(FrameCounter.area.x * 2 + FrameCounter.area.width)
        let least = Double(below) - max(0, x - rightOf)
        return PixelPoint(x: Int32(x), y: Int32(max(y, min(least, height - 8))))
    }
}
