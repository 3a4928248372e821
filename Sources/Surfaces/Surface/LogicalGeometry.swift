// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// A size in the compositor's logical units.
package struct LogicalSize: Equatable {
    package var width: Int32
    package var height: Int32

    package init(width: Int32, height: Int32) {
        self.width = width
        self.height = height
    }
}

/// A rectangle on a surface in its logical units, origin at the top left.
package struct LogicalRectangle: Equatable {
    package var x: Int32
    package var y: Int32
    package var width: Int32
    package var height: Int32

    package init(x: Int32, y: Int32, width: Int32, height: Int32) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    package var size: LogicalSize { LogicalSize(width: width, height: height) }

    package func contains(x: Double, y: Double) -> Bool {
        x >= Double(self.x) && x < Double(self.x + width) && y >= Double(self.y) && y < Double(self.y + height)
    }

    package func moved(by offset: (x: Int32, y: Int32)) -> LogicalRectangle {
        LogicalRectangle(x: x + offset.x, y: y + offset.y, width: width, height: height)
    }
}

/// The number of device pixels per logical unit, in 120ths as in wp_fractional_scale_v1.
package struct SurfaceScale: Equatable {
    /// At least a tenth and at most a hundred times 120. Other values aren't plausible.
    package let numerator: Int64

    package init(numerator: UInt32 = 120) { self.numerator = min(max(Int64(numerator), 12), 12_000) }

    /// The number of device pixels that a compositor gives a toplevel of this logical length: rounded to nearest, halves away from zero
    /// (wp_fractional_scale_v1).
    package func device(_ logical: Int32) -> Int64 { (Int64(logical) * numerator + 60) / 120 }

    /// The same for lengths of a drawing.
    package func pixels(_ logical: Int32) -> Int32 { Int32(clamping: device(logical)) }

    /// The scale for a drawing. At a scale above four it is drawn coarser and scaled by the compositor: that costs sharpness, and no
    /// memory.
    package var forDrawing: SurfaceScale { numerator <= 480 ? self : SurfaceScale() }

    /// The logical length nearest to this many device pixels.
    package func logical(_ device: Int64) -> Int32 { Int32(clamping: max(1, (device * 240 + numerator) / (2 * numerator))) }

    /// The largest logical length with no more than this many device pixels; at least 1.
    package func logical(within device: Int64) -> Int32 { Int32(clamping: max(1, (device * 120 + 59) / numerator)) }

    /// The smallest logical step that lands on a device pixel's edge.
    package var gridStep: Int32 {
        var (step, rest) = (Int64(120), numerator)
        while rest != 0 { (step, rest) = (rest, step % rest) }
        return Int32(120 / step)
    }
}
