// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// What keeps a display controller from reading a picture from the guest's memory, as far as the protocols tell. A compositor may have
/// more reasons, which it doesn't tell anybody.
public struct ScanoutObstacles: OptionSet, Hashable, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The frame didn't go through linux-dmabuf.
    public static let sharedMemory = ScanoutObstacles(rawValue: 1 << 0)
    /// It went through linux-dmabuf, but the guest's memory is a memfd, which no display controller can read.
    public static let notDeviceMemory = ScanoutObstacles(rawValue: 1 << 1)
    /// The compositor names no format at all that it could scan out from this surface.
    public static let noScanoutFormats = ScanoutObstacles(rawValue: 1 << 2)
    /// It names some, but not this format with this modifier.
    public static let format = ScanoutObstacles(rawValue: 1 << 3)
    public static let notFullscreen = ScanoutObstacles(rawValue: 1 << 4)
    /// The picture has another size than the screen's mode, and is scaled or has bars.
    public static let otherSize = ScanoutObstacles(rawValue: 1 << 5)
    public static let bars = ScanoutObstacles(rawValue: 1 << 6)
    public static let cropped = ScanoutObstacles(rawValue: 1 << 7)
    /// Picture and screen are turned by different angles.
    public static let turned = ScanoutObstacles(rawValue: 1 << 8)
    /// The guest's picture has its first row at the bottom.
    public static let flipped = ScanoutObstacles(rawValue: 1 << 9)
    /// The guest's cursor is a surface over the picture.
    public static let cursor = ScanoutObstacles(rawValue: 1 << 10)
    /// The window has a title bar and borders of ours.
    public static let decoration = ScanoutObstacles(rawValue: 1 << 11)
    /// A notice is over the picture.
    public static let notice = ScanoutObstacles(rawValue: 1 << 12)
    /// The overlay that says how frames get to the screen is over the picture.
    public static let overlay = ScanoutObstacles(rawValue: 1 << 13)
    /// Another device than the one that the compositor renders with would have to scan it out.
    public static let otherDevice = ScanoutObstacles(rawValue: 1 << 14)
}

extension ScanoutObstacles {
    /// One obstacle in words.
    public struct Explanation: Sendable {
        public let obstacle: ScanoutObstacles
        /// As in `report.json` and `frames.csv`.
        public let name: String
        /// What is so.
        public let meaning: String
        /// What to change.
        public let remedy: String
    }

    /// All obstacles, the more likely ones first.
    public static let explanations: [Explanation] = [
        Explanation(
            obstacle: .sharedMemory, name: "shared-memory", meaning: "the frames went through shared memory",
            remedy:
                "use a compositor that takes the guest's memory through linux-dmabuf (pathReason in report.json says why this one doesn't)"
        ),
        Explanation(
            obstacle: .notDeviceMemory, name: "memfd", meaning: "the guest's memory is a memfd and no dma-buf",
            remedy: "give the guest dma-bufs: QEMU with gl=on or blob=true, a vGPU, /dev/udmabuf for the demonstration guest"),
        Explanation(
            obstacle: .notFullscreen, name: "not-fullscreen", meaning: "the window isn't full screen", remedy: "use --fullscreen"),
        Explanation(
            obstacle: .otherSize, name: "other-size", meaning: "the picture hasn't the size of the screen's mode",
            remedy: "give the guest the screen's mode"),
        Explanation(
            obstacle: .cursor, name: "cursor", meaning: "the guest's cursor is a surface over the picture",
            remedy: "use --cursor pointer, or a display with overlay planes"),
        Explanation(
            obstacle: .noScanoutFormats, name: "no-scanout-formats",
            meaning: "the compositor names no format that it could scan out from this surface",
            remedy: "use a compositor that sends such a tranche in its dmabuf feedback, on a display that it drives itself"),
        Explanation(
            obstacle: .format, name: "format", meaning: "the display can't scan out this format with this modifier",
            remedy: "let the guest use a format and modifier of the scanout tranche (oriel doctor lists them)"),
        Explanation(
            obstacle: .otherDevice, name: "other-device",
            meaning: "the screen is on another device than the one that the compositor renders with",
            remedy: "show the window on a screen of the compositor's main device, or have the compositor use the other one"),
        Explanation(
            obstacle: .bars, name: "bars", meaning: "bars are beside the picture",
            remedy: "give the guest the screen's mode, or use --scale stretch"),
        Explanation(
            obstacle: .cropped, name: "cropped", meaning: "a part of the picture is cut off", remedy: "use --scale fit"),
        Explanation(
            obstacle: .turned, name: "turned", meaning: "picture and screen are turned by different angles",
            remedy: "turn the guest's picture in the guest"),
        Explanation(
            obstacle: .flipped, name: "flipped", meaning: "the guest's picture is upside down in its memory",
            remedy: "use another display device or driver in the VM"),
        Explanation(
            obstacle: .decoration, name: "decoration", meaning: "the window has a title bar of ours",
            remedy: "use --fullscreen, or --decorations none"),
        Explanation(
            obstacle: .notice, name: "notice", meaning: "a notice is over the picture", remedy: "wait until it goes"),
        Explanation(
            obstacle: .overlay, name: "overlay", meaning: "the overlay with these figures is over the picture",
            remedy: "take it away with its chord"),
    ]

    /// The names of all that are in it.
    public var names: [String] { Self.explanations.filter { contains($0.obstacle) }.map(\.name) }
}
