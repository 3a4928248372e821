// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// A size in the compositor's logical units.
struct LogicalSize: Equatable {
    var width: Int32
    var height: Int32
}

/// A rectangle on a surface in its logical units, origin at the top left.
struct LogicalRectangle: Equatable {
    var x: Int32
    var y: Int32
    var width: Int32
    var height: Int32

    var size: LogicalSize { LogicalSize(width: width, height: height) }

    func contains(x: Double, y: Double) -> Bool {
        x >= Double(self.x) && x < Double(self.x + width) && y >= Double(self.y) && y < Double(self.y + height)
    }

    func moved(by offset: (x: Int32, y: Int32)) -> LogicalRectangle {
        LogicalRectangle(x: x + offset.x, y: y + offset.y, width: width, height: height)
    }
}
