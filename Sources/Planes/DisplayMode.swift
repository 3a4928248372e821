// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The screen that a guest is asked to have.
public struct DisplayMode: Hashable, Sendable {
    /// Device pixels of the host's screen.
    public let size: PixelSize
    /// The physical size of that many pixels, in millimetres; nil where the host doesn't tell.
    public let millimetres: PixelSize?
    /// Refreshes in 1000 seconds (mHz), the host's own.
    public let refreshMillihertz: UInt32

    public init(size: PixelSize, millimetres: PixelSize? = nil, refreshMillihertz: UInt32 = 60_000) {
        self.size = size
        self.millimetres = millimetres
        self.refreshMillihertz = refreshMillihertz
    }
}
