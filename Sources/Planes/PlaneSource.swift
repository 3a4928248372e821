// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// What a plane shows at the moment it was asked.
public struct PlaneInfo: Sendable {
    public let generation: Generation
    public let identity: BufferIdentity
    /// The top left corner on the guest's screen. The hot spot isn't in it (VFIO's `x_pos`, QEMU's MouseSet).
    public let position: PixelPoint
    /// The cursor's active pixel, from its own top left; nil where unknown.
    public let hotSpot: PixelPoint?
    /// What changed since the generation last taken.
    public let damage: Damage
    /// Whether the first row in memory is the bottom one (QEMU's `y0_top`).
    public let isFlipped: Bool
    /// When the source learnt of this generation: CLOCK_MONOTONIC in nanoseconds. The start of `changeToCommit`.
    public let changedAt: UInt64

    public init(
        generation: Generation, identity: BufferIdentity, position: PixelPoint = .zero, hotSpot: PixelPoint? = nil,
        damage: Damage = .everything, isFlipped: Bool = false, changedAt: UInt64
    ) {
        self.generation = generation
        self.identity = identity
        self.position = position
        self.hotSpot = hotSpot
        self.damage = damage
        self.isFlipped = isFlipped
        self.changedAt = changedAt
    }
}

/// The answer to a query.
public enum PlaneState: Sendable {
    /// There is no picture: the display is off, the cursor hidden.
    case off
    case showing(PlaneInfo)
}

/// Why a plane could not be had just now. The caller acts on the case: it queries again, holds the last frame, or ends.
public enum PlaneError: Error, Sendable {
    /// The plane has moved on since the query: ask again.
    case stale(asked: Generation, current: Generation)
    /// The plane is off: there is no buffer.
    case off
    /// What the guest said fails validation.
    case invalid(PlaneFault)
    /// It may work at the next try (the kernel's ENOMEM, a descriptor limit); errno.
    case temporary(errno: CInt)
    /// The source has ended; its owner hears why.
    case ended
}

/// Why a source can't be opened, or has ended: one line for the user and the exit code's reason.
public struct SourceError: Error, Sendable, CustomStringConvertible {
    public enum Reason: Sendable {
        /// The URL is wrong (exit code 64).
        case usage
        /// Not there, or gone (69).
        case unavailable
        /// Not permitted (77).
        case notPermitted
        /// A fault of ours (70).
        case fault
    }

    public let reason: Reason
    /// What, which source, what to do: one line.
    public let message: String

    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    public var description: String { message }
}

/// Told by a source that something happened. Called on the loop's thread, never from inside a call to the source.
public protocol PlaneSourceDelegate: AnyObject {
    /// Some plane has a new generation, a new place, or went on or off: query.
    func planeSourceDidChange(_ source: any PlaneSource)
    /// It has ended and will say nothing more.
    func planeSource(_ source: any PlaneSource, didEnd error: SourceError)
}

/// A guest's display planes, in as few calls as it takes. All of them happen on the thread of the loop that the source was made on.
///
/// A frame: ``PlaneSourceDelegate/planeSourceDidChange(_:)`` → `query` → `buffer` (only for an identity not seen before) → commit →
/// `committed` → `released`. Whoever shows the planes says each of these three words when it is true, and none means two things.
public protocol PlaneSource: AnyObject {
    var delegate: (any PlaneSourceDelegate)? { get set }

    /// What the source is, for titles and messages: the VM's name, or the URL.
    var name: String { get }

    /// What the source itself has counted since it was opened.
    var counts: SourceCounts { get }

    /// What the plane shows now. Changes nothing that another asker would see, allocates nothing, and is cheap enough to be called once
    /// a refresh.
    func query(_ kind: PlaneKind) throws(PlaneError) -> PlaneState

    /// The memory of exactly this generation, or `.stale`.
    func buffer(for kind: PlaneKind, generation: Generation) throws(PlaneError) -> PlaneBuffer

    /// This generation has gone to the compositor, in a commit that has been flushed. The guest may go on; damage counts from here.
    func committed(_ kind: PlaneKind, generation: Generation)

    /// This generation will never be shown: it was superseded, can't be used, or is hidden. The guest may go on.
    func skipped(_ kind: PlaneKind, generation: Generation)

    /// The compositor no longer holds this memory, which was committed before: the guest may draw into it.
    func released(_ kind: PlaneKind, _ identity: BufferIdentity)

    /// Ends it: descriptors closed, threads joined. The delegate hears nothing more.
    func close()
}

/// What a source itself counts.
public struct SourceCounts: Equatable, Sendable {
    /// Bytes of pixels that the source has copied (byte arrays, regions); 0 on every zero-copy path.
    public var bytesCopied: UInt64
    /// Requests for a generation's memory that came too late, where the source asks by itself. A source that gets its memory only in
    /// ``PlaneSource/buffer(for:generation:)`` leaves this at 0: its caller counts.
    public var staleAnswers: UInt64

    public init(bytesCopied: UInt64 = 0, staleAnswers: UInt64 = 0) {
        self.bytesCopied = bytesCopied
        self.staleAnswers = staleAnswers
    }
}

/// A source whose changes are found only by querying, as on a VFIO device: whoever shows it queries once a refresh.
public protocol PolledPlaneSource: PlaneSource {}

/// A source whose guest draws ahead into other buffers, and which keeps pictures unchanged for those who are about to show them.
public protocol HoldingPlaneSource: PlaneSource {
    /// Keeps the pictures of these generations as they are for one viewer, in place of what it kept for this viewer before. A viewer
    /// that is gone holds ``HeldGenerations/none``. Memory that was `committed` is kept until it is `released`, whoever holds it.
    ///
    /// A source that runs out of buffers drops what the slowest of several viewers holds, rather than stopping the guest; the only
    /// viewer never loses what it holds.
    ///
    /// - Parameter viewer: 0 for the one window that shows the source directly; a server numbers its viewers from 1.
    /// - Returns: false where one of these generations has been drawn over already: query again.
    @discardableResult
    func hold(_ kind: PlaneKind, _ generations: HeldGenerations, for viewer: Int) -> Bool
}
