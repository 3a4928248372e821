// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// What became of one commit with a new picture: a value of fixed size, so that recording a frame costs an assignment.
///
/// Times are CLOCK_MONOTONIC's in nanoseconds, and 0 where something hasn't happened or nobody has said when.
public struct FrameRecord: Equatable, Sendable {
    /// What the compositor has said of a commit.
    public enum Fate: UInt8, Sendable {
        /// Nothing: it has no presentation feedback, or hasn't reported.
        case unreported
        case presented
        /// It was never shown, and a newer commit of the view was out already.
        case superseded
        /// It was never shown, and nothing newer was out.
        case discarded
    }

    /// How a presentation is timed and done, with the bits of `wp_presentation_feedback.kind` (presentation-time.xml).
    public struct Flags: OptionSet, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Shown in step with the screen's vertical retrace.
        public static let verticalSync = Flags(rawValue: 1)
        /// The time was taken by the display's hardware.
        public static let hardwareClock = Flags(rawValue: 2)
        /// The hardware itself said when it began to show the picture.
        public static let hardwareCompletion = Flags(rawValue: 4)
        /// The display controller read the buffer itself.
        public static let zeroCopy = Flags(rawValue: 8)
    }

    public var generation: UInt64 = 0
    /// The number of generations since the frame before that were never committed.
    public var passedOver: UInt64 = 0
    /// When the guest changed the picture, as far as the source knows.
    public var changedAt: UInt64 = 0
    /// When the source was asked for the picture.
    public var queriedAt: UInt64 = 0
    public var committedAt: UInt64 = 0
    /// When the commit had been flushed and the source was told of it, so that a guest that waits for that could go on.
    public var answeredAt: UInt64 = 0
    public var presentedAt: UInt64 = 0
    /// When the compositor let go of the buffer.
    public var releasedAt: UInt64 = 0
    /// The presentation's number among the screen's refreshes (MSC); 0 where the compositor counts none.
    public var sequence: UInt64 = 0
    /// The screen's refresh interval in nanoseconds; 0 where it is unknown or varies.
    public var refreshInterval: UInt32 = 0
    /// The largest possible error of `presentedAt` that comes from the compositor's clock, in nanoseconds.
    public var clockError: UInt32 = 0
    public var fate = Fate.unreported
    public var flags: Flags = []
    public var path = Statistics.Path.none
    /// Whether the buffer was new to the compositor.
    public var isImport = false
    /// Which memory it was in, and where there the picture began, in bytes.
    public var bufferInode: UInt64 = 0
    public var bufferOffset: UInt32 = 0
    /// The area that changed, in pixels of the guest.
    public var damagedPixels: UInt64 = 0
    /// What kept it from being scanned out when it was committed, as far as the protocols tell.
    public var obstacles: ScanoutObstacles = []

    public init() {}
}

/// How a commit got to the screen, in one word.
public enum PresentMode: String, CaseIterable, Sendable {
    /// The display controller read the guest's buffer itself.
    case scannedOut = "scanned-out"
    /// The compositor drew the picture into a buffer of its own.
    case composed
    case superseded
    case discarded
    case unreported
}

extension FrameRecord {
    public var presentMode: PresentMode {
        switch fate {
        case .unreported: .unreported
        case .superseded: .superseded
        case .discarded: .discarded
        case .presented: flags.contains(.zeroCopy) ? .scannedOut : .composed
        }
    }

    /// Whether it was presented by real display hardware. A virtual output has no retrace and no hardware's clock, and its times say
    /// nothing about any screen.
    public var isOnRealScreen: Bool { !flags.isDisjoint(with: [.verticalSync, .hardwareClock]) }
}
