// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
package import Planes

/// The cursor: a white arrow with a dark rim, premultiplied AR24, its edges partly transparent.
enum CursorPicture {
    static let size = PixelSize(width: 64, height: 64)
    /// The arrow's tip.
    static let hotSpot = PixelPoint(x: 2, y: 2)

    /// The arrow's corners, in pixels.
    private static let outline: [(x: Double, y: Double)] = [
        (2, 2), (2, 46), (13, 36), (21, 55), (29, 51), (21, 33), (36, 33),
    ]
    private static let rim = 2.5
    /// Samples a pixel along each side.
    private static let samples = 4

    static func draw(on canvas: Canvas) {
        for y in 0..<canvas.height {
            for x in 0..<canvas.width { canvas.row(y)[x] = pixel(x, y) }
        }
    }

    private static func pixel(_ x: Int, _ y: Int) -> UInt32 {
        // Away from both edges one sample tells as much as all: the picture is drawn before the first frame can be shown.
        let centre = (x: Double(x) + 0.5, y: Double(y) + 0.5)
        let toEdge = distance(centre)
        if toEdge > 0.75, abs(toEdge - rim) > 0.75 || !contains(centre) {
            return !contains(centre) ? 0 : toEdge > rim ? 0xFFFF_FFFF : 0xFF00_0000
        }
        var covered = 0, white = 0
        for sample in 0..<samples * samples {
            let point = (
                x: Double(x) + (Double(sample % samples) + 0.5) / Double(samples),
                y: Double(y) + (Double(sample / samples) + 0.5) / Double(samples)
            )
            guard contains(point) else { continue }
            covered += 1
            if distance(point) > rim { white += 1 }
        }
        let alpha = UInt32(covered * 255 / (samples * samples)), level = UInt32(white * 255 / (samples * samples))
        return alpha << 24 | level << 16 | level << 8 | level
    }

    private static func contains(_ point: (x: Double, y: Double)) -> Bool {
        var inside = false
        forEachEdge { a, b in
            if (a.y > point.y) != (b.y > point.y), point.x < (b.x - a.x) * (point.y - a.y) / (b.y - a.y) + a.x {
                inside.toggle()
            }
        }
        return inside
    }

    private static func distance(_ point: (x: Double, y: Double)) -> Double {
        var least = Double.infinity
        forEachEdge { a, b in
            let dx = b.x - a.x, dy = b.y - a.y
            let along = max(0, min(1, ((point.x - a.x) * dx + (point.y - a.y) * dy) / (dx * dx + dy * dy)))
            let x = point.x - a.x - along * dx, y = point.y - a.y - along * dy
            least = min(least, x * x + y * y)
        }
        return least.squareRoot()
    }

    private static func forEachEdge(_ body: ((x: Double, y: Double), (x: Double, y: Double)) -> Void) {
        for index in outline.indices { body(outline[index], outline[(index + 1) % outline.count]) }
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
        guard cursor == .moving else {
            return PixelPoint(x: Int32(size.width / 2), y: max(Int32(size.height / 2), below))
        }
        // Seconds of the guest's own time, so that the speed doesn't hang on the rate.
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
