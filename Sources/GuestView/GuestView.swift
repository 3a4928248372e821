// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
package import Logging
package import Measurement
public import Planes
package import Surfaces
internal import System
internal import Wayland

/// A guest's planes on a surface that a host gives: queried when the pacer lets a frame out, imported if the memory is new, and
/// committed together by the transaction. Everything happens on the loop's thread.
///
/// `CommitSchedule` decides when, `PlanePresenter` what, and `BufferLadder` how a buffer gets to the compositor; this executes. The frame
/// path is in `GuestView+Frame.swift`.
public final class GuestView: PlaneSourceDelegate {
    /// Whether the guest, borrowed from whoever opened it, is there.
    public enum Presence: Sendable {
        /// None has been there yet, for this reason if it is known.
        case awaited(SourceError?)
        case present(name: String)
        /// It has ended for this reason, and another one is awaited.
        case lost(SourceError)
    }

    package let transaction: Transaction
    let options: ViewOptions
    let ledger: ViewLedger
    /// The owner. On the frame path it comes along with each call instead, which costs nothing.
    package unowned var host: (any GuestViewHost)?
    // No access to these can overlap another, so the frame path skips the runtime's exclusivity checks.
    /// nil while there is none.
    @exclusivity(unchecked) var guest: ViewedGuest?
    @exclusivity(unchecked) var tracker: PresentationTracker!
    /// When the planes were queried last.
    @exclusivity(unchecked) var queriedAt: UInt64 = 0

    var schedule: CommitSchedule!
    let ladder: BufferLadder
    let picture: PictureLayer
    let cursor: CursorLayer
    let watch: PictureWatch
    /// nil while nobody measures.
    @exclusivity(unchecked) var scanout: ScanoutWatch?
    private let buffers: BufferGlobals
    /// Tells the guest at the end that its memory is free: whoever opened it may show it elsewhere.
    private var releaseMemory: (() -> Void)?
    /// Whether the compositor hasn't reported any frame as shown yet.
    private var awaitsFirstReport = true
    /// Whether a picture waits for the compositor to release a buffer or a copy.
    var awaitsRelease = false
    /// Whether buffers of the guest before, or of an earlier rung, are kept, since one of them may be on screen.
    var keepsOldBuffers = false

    /// - Parameters:
    ///   - window: the surface that the host gives.
    ///   - transaction: commits it.
    package init(
        on window: PlaneSurface, _ transaction: Transaction, of compositor: Compositor, options: ViewOptions, loop: EventLoop,
        log: Logger
    ) {
        self.transaction = transaction
        self.options = options
        ledger = ViewLedger(options.earlier, recorder: options.recorder, log: log)
        ladder = BufferLadder(
            compositor.buffers, cursorIsPointerImage: options.cursor == .pointer, forced: options.forcedPath)
        picture = PictureLayer(
            Stage(window, compositor, rotation: options.rotation, hints: options.hints), rotation: options.rotation)
        cursor = CursorLayer(
            options.cursor, over: window, compositor.surfaces, rotation: options.rotation, log: log)
        buffers = compositor.buffers
        watch = PictureWatch(on: loop) { transaction.mark(.blank) }
        tracker = PresentationTracker(compositor.timing) { [unowned self] report in record(report) }
        schedule = CommitSchedule(of: transaction, options.latency, loop: loop) { [unowned self] in host?.viewDidFinish() }
        schedule.onFrame = { [unowned self] in handleFirstFrame() }
        ladder.onAnswer = { [unowned self] kind, identity, result in handleImport(kind, identity, result) }
        picture.presenter.owner = self
        cursor.presenter.owner = self
        record(into: options.recorder)
    }

    /// The compositor has asked for the frame after the first picture.
    private func handleFirstFrame() {
        guard picture.presenter.shown != nil else { return }
        schedule.onFrame = nil
        host?.viewWasShown(isReported: false)
    }

    package var statistics: Statistics { ledger.statistics }
    package var presence: Presence { watch.presence }
    /// Why there is no picture, for whoever says so.
    package var reasonForNothing: PictureAbsence { watch.reason }
    /// What the view shows of the guest's cursor.
    package var shownCursor: ShownCursor { cursor.shown }
    /// The primary plane's size, once there was one.
    package var guestSize: PixelSize? { picture.guest }
    /// The memory's layout of the picture that is shown; nil while there is none.
    package var shownLayout: PlaneLayout? { picture.presenter.shown?.identity.layout }
    /// The generation of the picture that is shown; nil while there is none.
    package var shownGeneration: Generation? { picture.presenter.shown?.generation }
    /// Where the last commit placed the picture; nil before there was one.
    package var placement: Placement? { picture.placement }
    /// The picture with its bars, on the view's surface.
    package var content: LogicalRectangle? { picture.content }
    /// Whether the bars are part of the view's surface.
    package var isFramed: Bool { picture.stage.isFramed }
    /// Whether anything is on screen.
    package var isMapped: Bool { picture.stage.isMapped }
    /// Whether what is on screen is black instead of a picture.
    package var isDark: Bool { picture.stage.isDark }
    /// Whether the view goes on showing what comes.
    package var isOpen: Bool { schedule.isOpen }

    // MARK: The guest as it comes and goes

    /// Shows this guest from now on. The picture of the one before stays until there is a new one, or until the new guest has shown
    /// nothing for a moment.
    ///
    /// - Parameter counted: what it has counted that another view's statistics have already.
    package func attach(_ planes: any PlaneSource, counted: SourceCounts = SourceCounts()) {
        guard schedule.isOpen else { return }
        if case .lost = watch.presence { ledger.statistics.reconnects += 1 }
        replaceGuest(with: ViewedGuest(planes), .present(name: planes.name))
        ledger.open(counted)
        ledger.guestName = planes.name
        cursor.forget()
        if let host { tellCursor(host) }
        // A new guest that shows nothing for a moment is dark: the previous guest's picture must not stay.
        if !schedule.isUnconfigured { watch.expectPicture() }
        planes.delegate = self
        schedule.look()
    }

    /// There is no guest from now on; the last picture stays.
    package func detach(_ presence: Presence) {
        guard schedule.isOpen else { return }
        // A source that has gone is worth a word unless the next one follows at once.
        if guest != nil { watch.expectPicture() }
        replaceGuest(with: nil, presence)
    }

    /// Uses this rung of the fallback ladder alone from now on, also for the picture on screen, which is committed again; nil for the
    /// highest rung that takes a buffer.
    package func force(_ path: Statistics.Path?) {
        guard schedule.isOpen else { return }
        // The picture may end up on no rung at all.
        if picture.presenter.shown != nil { watch.expectPicture() }
        ladder.force(path)
        picture.presenter.replaceImports(ledger)
        cursor.presenter.replaceImports(ledger)
        keepsOldBuffers = true
        schedule.importEnded()
        schedule.look()
    }

    /// Commits by this mode from now on.
    package func use(_ latency: LatencyMode) { schedule.use(latency, for: guest) }

    /// Hides the guest's cursor from now on, or shows it again.
    package func hideCursor(_ isResting: Bool) {
        cursor.isResting = isResting
        schedule.look()
    }

    /// Called when the guest has moved its cursor or changed its look; nil where nobody wants to know.
    package var onCursorMove: (() -> Void)? {
        get { cursor.onMove }
        set { cursor.onMove = newValue }
    }

    /// Has each frame's record kept from now on; nil for none.
    package func record(into recorder: FrameRecorder?) {
        ledger.recorder = recorder
        scanout?.close()
        scanout = recorder.map { _ in ScanoutWatch(buffers, rotation: options.rotation) }
    }

    public func planeSourceDidChange(_ source: any PlaneSource) { schedule.guestChanged() }

    public func planeSource(_ source: any PlaneSource, didEnd error: SourceError) { host?.guestDidEnd(error) }

    /// Nothing of the old guest means anything for the new one: its generations start over, and the kernel may give an old buffer's
    /// inode to a new one.
    private func replaceGuest(with new: ViewedGuest?, _ presence: Presence) {
        closeGuest()
        guest = new
        watch.guestDidChange(presence)
        awaitsRelease = false
        ladder.cancel()
        picture.presenter.disown(ledger)
        cursor.presenter.disown(ledger)
        keepsOldBuffers = true
        schedule.guestDidChange(to: new)
    }

    private func closeGuest() {
        finishStatistics()
        guard let guest else { return }
        ledger.close(guest.planes.counts)
        guest.planes.delegate = nil
        self.guest = nil
    }

    // MARK: Events

    /// The host's surface has been configured, for the first time or again.
    package func configured(isSuspended: Bool) {
        if !isMapped { watch.expectFirstPicture() }
        schedule.configured(isSuspended: isSuspended)
        schedule.wasArranged()
    }

    /// Something around the picture has changed that the next commit takes into account.
    package func surroundingsChanged() { schedule.surroundingsChanged() }

    /// The window was arranged again.
    package func wasArranged() { schedule.wasArranged() }

    private func record(_ report: PresentationTracker.Report) {
        ledger.record(report)
        if case .presented(let frame) = report {
            schedule.presented(frame)
            if awaitsFirstReport {
                awaitsFirstReport = false
                host?.viewWasShown(isReported: true)
            }
        }
        schedule.reported(isLast: tracker.waiting == 0)
    }

    private func handleImport(_ kind: PlaneKind, _ identity: BufferIdentity, _ result: Result<ImportedBuffer, ImportError>) {
        switch (kind, result) {
        case (.primary, .success(let buffer)): picture.presenter.add(buffer, ledger)
        case (.cursor, .success(let buffer)): cursor.presenter.add(buffer, ledger)
        case (.primary, .failure(let error)):
            picture.presenter.wasRefused(identity, error, ledger)
            report(error, of: kind)
        case (.cursor, .failure(let error)):
            cursor.presenter.wasRefused(identity, error, ledger)
            report(error, of: kind)
        }
        guard !ladder.isWaiting else { return }
        schedule.importEnded()
    }

    // MARK: The end

    /// Adds what is counted elsewhere. Also for statistics wanted while running.
    package func finishStatistics() {
        ledger.statistics.buffers.live = UInt64(picture.presenter.liveBuffers + cursor.presenter.liveBuffers)
        ledger.add(guest?.planes.counts ?? SourceCounts(), copied: picture.presenter.bytesCopied)
    }

    /// Gives back everything but the surfaces.
    package func close() {
        guard !schedule.isClosed else { return }
        schedule.close()
        transaction.close()
        if let planes = guest?.planes {
            let held = PerPlane(primary: picture.presenter.heldMemory, cursor: cursor.presenter.heldMemory)
            releaseMemory = {
                for kind in PlaneKind.allCases { for identity in held[kind] { planes.released(kind, identity) } }
            }
        }
        closeGuest()
        watch.close()
        tracker.close()
        ladder.cancel()
    }

    /// Ends the cursor's role.
    package func closeCursor() { cursor.close() }

    /// Gives back the view's surfaces and every buffer, after the host's role is gone.
    package func closeSurfaces() {
        scanout?.close()
        picture.stage.close()
        picture.presenter.close()
        releaseMemory?()
        releaseMemory = nil
    }
}

extension GuestView: BufferOwner {
    func wasReleased(_ kind: PlaneKind, _ buffer: ImportedBuffer) {
        if buffer.isPlaneMemory, isFree(kind, buffer.identity) { guest?.planes.released(kind, buffer.identity) }
        if kind == .primary { ledger.wasReleased(buffer) }
        guard awaitsRelease else { return }
        awaitsRelease = false
        schedule.surroundingsChanged()
    }
}
