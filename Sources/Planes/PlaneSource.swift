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

/// A guest's display, as few calls as it takes. Everything happens on the thread of the loop it was made on.
///
/// The order of a frame: ``planeSourceDidChange`` → `query` → `buffer` (only for an identity not seen before) → commit → `taken`.
public protocol PlaneSource: AnyObject {
    var delegate: (any PlaneSourceDelegate)? { get set }

    /// What the source is, for titles and messages: the VM's name, or the URL.
    var name: String { get }

    /// Whether a change is found only by querying, as on a VFIO device: whoever shows it then queries once a refresh.
    /// False where ``PlaneSourceDelegate`` is told.
    var isPolled: Bool { get }

    /// Bytes of pixels that the source itself has copied (byte arrays, regions); 0 on every zero-copy path.
    var bytesCopied: UInt64 { get }

    /// How often the source itself asked for a generation's memory in vain because the plane had moved on: 0 where it gets its
    /// memory only in ``buffer(for:generation:)``, whose caller counts.
    var staleAnswers: UInt64 { get }

    /// What the plane shows now. Allocates nothing and is cheap enough to be called once a refresh.
    func query(_ kind: PlaneKind) throws(PlaneError) -> PlaneState

    /// The memory of exactly this generation, or `.stale`.
    func buffer(for kind: PlaneKind, generation: Generation) throws(PlaneError) -> PlaneBuffer

    /// This generation was committed, or a newer one took its place: the guest may go on, and later damage counts from here.
    func taken(_ kind: PlaneKind, generation: Generation)

    /// Keeps the pictures of these generations as they are for one of several viewers, beside what the source keeps for
    /// whoever queries it; in place of what it kept for this viewer before. A viewer that is gone holds ``HeldGenerations/none``.
    ///
    /// Call it for a generation just queried before anything is queried again. Generations that are gone already are left out.
    /// A source that runs out of buffers drops what the slowest viewer holds, rather than stopping the guest. One whose guest
    /// draws in place can keep nothing, and needn't have this.
    func hold(_ kind: PlaneKind, _ generations: HeldGenerations, for viewer: Int)

    /// What takes the guest's input along with its display; nil where nothing does.
    var inputSink: (any InputSink)? { get }

    /// The guest's clipboard; nil where there is no way to it.
    var clipboard: (any GuestClipboard)? { get }

    /// Whether the guest can be asked to take another mode.
    var isResizable: Bool { get }

    /// Asks the guest to take another mode. It follows later, in part, or never; what it then shows is what `query` says.
    func request(_ mode: DisplayMode)

    /// Ends it: descriptors closed, threads joined. The delegate hears nothing more.
    func close()
}

extension PlaneSource {
    public var isPolled: Bool { false }
    public var inputSink: (any InputSink)? { nil }
    public var clipboard: (any GuestClipboard)? { nil }
    public var isResizable: Bool { false }
    public var staleAnswers: UInt64 { 0 }
    public func hold(_ kind: PlaneKind, _ generations: HeldGenerations, for viewer: Int) {}
    public func request(_ mode: DisplayMode) {}
}
