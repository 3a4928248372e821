// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Receives a source's events. Called on the loop's thread, never from inside a call to the source.
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

    /// What the plane shows now. Allocates nothing where nothing is new, and is cheap enough to be called once a refresh. On a
    /// ``PolledPlaneSource`` it looks for a change, and so may begin a new generation; on others it changes nothing.
    func query(_ kind: PlaneKind) throws(PlaneError) -> PlaneState

    /// The memory of exactly this generation, or `.stale`.
    func buffer(for kind: PlaneKind, generation: Generation) throws(PlaneError) -> PlaneBuffer

    /// This generation has gone to the compositor, in a commit that has been flushed. The guest may go on; damage counts from here.
    func committed(_ kind: PlaneKind, generation: Generation)

    /// This generation will not be shown as things are: it was superseded, can't be used, or is hidden. The guest may go on. A viewer
    /// that comes later may still commit it, while it is the newest.
    func skipped(_ kind: PlaneKind, generation: Generation)

    /// The compositor no longer holds this memory, which was committed before: the guest may draw into it.
    func released(_ kind: PlaneKind, _ identity: BufferIdentity)

    /// Ends it: descriptors closed, threads joined. The delegate isn't called any more.
    func close()
}

/// What a source itself counts.
public struct SourceCounts: Equatable, Sendable {
    /// Bytes of pixels that the source has copied (byte arrays, regions); 0 on every zero-copy path.
    public var bytesCopied: UInt64
    /// Requests for a generation's memory that came too late, where the source asks by itself. A source that gets its memory only in
    /// ``PlaneSource/buffer(for:generation:)`` leaves this at 0: its caller counts.
    public var staleAnswers: UInt64
    /// Pictures that the guest has shown and that never reached the source, as far as it can tell: what is shown is out of date.
    public var lost: UInt64

    public init(bytesCopied: UInt64 = 0, staleAnswers: UInt64 = 0, lost: UInt64 = 0) {
        self.bytesCopied = bytesCopied
        self.staleAnswers = staleAnswers
        self.lost = lost
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
