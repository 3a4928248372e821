// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
package import Planes

/// The cursor: a white arrow with a dark rim, premultiplied AR24, its edges partly transparent.
enum CursorPicture {
    static let size = PixelSize(width: 64, height: 64)
    /// The arrow's tip.
    static let hotSpot = PixelPoint(x: 2, y: 2)

    /// The arrow's sides from corner to corner, in pixels.
    private static let sides: [Side] = {
        let corners: [(x: Double, y: Double)] = [(2, 2), (2, 46), (13, 36), (21, 55), (29, 51), (21, 33), (36, 33)]
        return corners.indices.map { Side(from: corners[$0], to: corners[($0 + 1) % corners.count]) }
    }()
    /// What lies outside is transparent.
    private static let extent = (x: 1..<38, y: 1..<57)
    private static let rim = 2.5
    /// Samples a pixel along each side.
    private static let samples = 4

    private struct Side {
        let x, y, width, height: Double

        init(from start: (x: Double, y: Double), to end: (x: Double, y: Double)) {
            (x, y) = start
            (width, height) = (end.x - start.x, end.y - start.y)
        }
    }

    static func draw(on canvas: Canvas) {
        for y in 0..<canvas.height {
            let row = canvas.row(y)
            for x in 0..<canvas.width { row[x] = extent.x.contains(x) && extent.y.contains(y) ? pixel(x, y) : 0 }
        }
    }

    private static func pixel(_ x: Int, _ y: Int) -> UInt32 {
        // Away from both edges one sample tells as much as all: the picture is drawn before the first frame can be shown.
        let centre = place(Double(x) + 0.5, Double(y) + 0.5)
        if centre.toEdge > 0.75, abs(centre.toEdge - rim) > 0.75 || !centre.isInside {
            return !centre.isInside ? 0 : centre.toEdge > rim ? 0xFFFF_FFFF : 0xFF00_0000
        }
        var covered = 0, white = 0
        for sample in 0..<samples * samples {
            let place = place(
                Double(x) + (Double(sample % samples) + 0.5) / Double(samples),
                Double(y) + (Double(sample / samples) + 0.5) / Double(samples))
            guard place.isInside else { continue }
            covered += 1
            if place.toEdge > rim { white += 1 }
        }
        let alpha = UInt32(covered * 255 / (samples * samples)), level = UInt32(white * 255 / (samples * samples))
        return alpha << 24 | level << 16 | level << 8 | level
    }

    /// Whether a point is in the arrow, and how far it is from its edge.
    private static func place(_ x: Double, _ y: Double) -> (isInside: Bool, toEdge: Double) {
        var isInside = false
        var least = Double.infinity
        for side in sides {
            let fromX = x - side.x, fromY = y - side.y
            // The side crosses the point's height, to the right of it.
            if (fromY < 0) != (fromY - side.height < 0), fromX < side.width * fromY / side.height { isInside.toggle() }
            let along = (fromX * side.width + fromY * side.height) / (side.width * side.width + side.height * side.height)
            let part = along < 0 ? 0 : along > 1 ? 1 : along
            let offX = fromX - part * side.width, offY = fromY - part * side.height
            least = min(least, offX * offX + offY * offY)
        }
        return (isInside, least.squareRoot())
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
