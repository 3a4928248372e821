// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import Planes

/// Pixels of 32 bits (XR24 or AR24), drawn by copying whole rows; every rectangle is clipped. It is all of a picture, or a band of
/// it: then what lies above and below isn't drawn.
struct Canvas {
    /// The address of the first of `rows`.
    let base: UnsafeMutablePointer<UInt32>
    /// Pixels from one row to the next.
    let stride: Int
    let width: Int
    /// The whole picture's.
    let height: Int
    let rows: Range<Int>

    init(base: UnsafeMutablePointer<UInt32>, _ layout: PlaneLayout, rows: Range<Int>? = nil) {
        self.base = base
        stride = Int(layout.strides[0]) / 4
        width = Int(layout.size.width)
        height = Int(layout.size.height)
        self.rows = rows ?? 0..<height
    }

    var bounds: PixelRectangle { PixelRectangle(x: 0, y: 0, width: Int32(width), height: Int32(height)) }

    func row(_ y: Int) -> UnsafeMutablePointer<UInt32> { base + (y - rows.lowerBound) * stride }

    func fill(_ rectangle: PixelRectangle, _ color: UInt32) { fill(rectangle, even: color, odd: color) }

    /// A chequerboard of single pixels: `even` where x + y is even.
    func fill(_ rectangle: PixelRectangle, even: UInt32, odd: UInt32) {
        let area = rectangle.clipped(to: PixelSize(width: UInt32(width), height: UInt32(height)))
        guard !area.isEmpty else { return }
        let x = Int(area.x), columns = Int(area.width)
        let lines = (Int(area.y)..<Int(area.y + area.height)).clamped(to: rows)
        for y in lines {
            let target = row(y) + x
            if y < lines.lowerBound + 2 {
                let startsEven = (x + y) & 1 == 0
                repeatPair(startsEven ? even : odd, startsEven ? odd : even, at: target, count: columns)
            } else {
                memcpy(target, row(y - 2) + x, columns * 4)
            }
        }
    }

    /// Fills by doubling: a few copies instead of a loop over pixels.
    private func repeatPair(_ first: UInt32, _ second: UInt32, at target: UnsafeMutablePointer<UInt32>, count: Int) {
        target[0] = first
        if count > 1 { target[1] = second }
        var done = 2
        while done < count {
            let chunk = min(done, count - done)
            memcpy(target + done, target, chunk * 4)
            done += chunk
        }
    }
}
