// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// An opened guest: its display planes and its optional input, clipboard and modes.
public struct Guest {
    public let planes: any PlaneSource
    /// Takes the guest's input; nil where nothing does.
    public let input: (any InputSink)?
    /// The guest's clipboard; nil where there is no way to it.
    public let clipboard: (any GuestClipboard)?
    /// Asks the guest for another mode; nil where it can't be asked.
    public let modes: (any DisplayModes)?

    public init(
        planes: any PlaneSource, input: (any InputSink)? = nil, clipboard: (any GuestClipboard)? = nil,
        modes: (any DisplayModes)? = nil
    ) {
        self.planes = planes
        self.input = input
        self.clipboard = clipboard
        self.modes = modes
    }
}

/// The way to ask a guest for another mode.
public protocol DisplayModes: AnyObject {
    /// Whether the guest can be asked. A source may find out later that it can't.
    var isResizable: Bool { get }

    /// Asks the guest to take another mode. It follows later, in part, or never; what it then shows is what `query` says.
    func request(_ mode: DisplayMode)
}

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

/// An opening under way. Nothing on the loop's thread waits for it; dropping it, or cancelling it, gives everything back.
///
/// Each room of sources has its own, made with a closure that receives the result once, in the loop, never from inside the call that
/// began it, and never after `cancel`.
public protocol GuestOpening: AnyObject {
    func cancel()
}
