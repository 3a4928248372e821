// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The display mode that a guest is asked to adopt.
public struct DisplayMode: Hashable, Sendable {
    /// The size in device pixels of the host's screen.
    public let size: PixelSize
    /// The physical size of the mode's area on the host's screen, in millimetres; nil if the host doesn't say.
    public let millimetres: PixelSize?
    /// The refresh rate of the host's screen in millihertz.
    public let refreshMillihertz: UInt32

    public init(size: PixelSize, millimetres: PixelSize? = nil, refreshMillihertz: UInt32 = 60_000) {
        self.size = size
        self.millimetres = millimetres
        self.refreshMillihertz = refreshMillihertz
    }
}
