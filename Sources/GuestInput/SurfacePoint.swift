// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// A place on a surface, in its logical coordinates.
package struct SurfacePoint: Hashable, Sendable {
    package var x, y: Double

    package init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}

/// How far a mouse has moved, in its own steps and their parts: as it is, without the host's acceleration.
package struct MouseMotion: Hashable, Sendable {
    package var x, y: Double

    /// The wire can say no more in one event (wl_fixed), so neither can any number of them in a frame.
    private static let most: Double = 0x80_0000

    package init(x: Double = 0, y: Double = 0) {
        self.x = min(max(x, -Self.most), Self.most)
        self.y = min(max(y, -Self.most), Self.most)
    }

    static func + (left: MouseMotion, right: MouseMotion) -> MouseMotion {
        MouseMotion(x: left.x + right.x, y: left.y + right.y)
    }
}
