// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
package import Logging
package import Measurement
public import Planes
package import Surfaces
internal import System
internal import Wayland

/// A guest's planes on a surface that a host gives: queried when the pacer lets a frame out, imported where the memory is new, and
/// committed together by the transaction. Everything happens on the loop's thread.
///
/// `FramePacer` decides when, `PlanePresenter` what, `BufferLadder` how a buffer gets to the compositor; this executes.
public final class GuestView: PlaneSourceDelegate {
    /// Whether the guest, borrowed from whoever opened it, is there.
    public enum Presence: Sendable {
        /// None has been there yet, for this reason where it is known.
        case awaited(SourceError?)
        case present(name: String)
        /// It has ended for this reason, and another one is awaited.
        case lost(SourceError)
    }

    package private(set) var presence: Presence
    package let transaction: Transaction

    private let options: ViewOptions
    private var ledger: ViewLedger
    /// The owner. On the frame path it comes along with each call instead, which costs nothing.
    package unowned var host: (any GuestViewHost)?
    /// nil while there is none.
    private var guest: ViewedGuest?
    private var pacer = FramePacer()
    private let ladder: BufferLadder
    private let picture: PictureLayer
    private let cursor: CursorLayer
    private var tracker: PresentationTracker!
    private var frameCallback: WlCallback?
    private var frameListener: Listener<WlCallback.Event>!
    private var pollClock = PollClock()
    private var pollTimer: TimerSource!
    private var frameTimer: TimerSource!
    private var blankTimer: TimerSource!
    private var drainTimer: TimerSource!
    /// What has gone out in the last commit, until it is flushed.
    private var outgoing = PerPlane<Outgoing?>(primary: nil, cursor: nil)
    /// Whether a picture found every copy held, and goes out when the compositor gives one back.
    private var awaitsCopy = false
    /// Why the guest's newest picture isn't shown.
    private var pictureFault: ImportError?
    private struct Outgoing {
        let generation: Generation
        let identity: BufferIdentity
        /// Whether the compositor reads the plane's own memory.
        let isPlaneMemory: Bool

        init(_ info: PlaneInfo, _ buffer: ImportedBuffer) {
            generation = info.generation
            identity = info.identity
            isPlaneMemory = buffer.isPlaneMemory
        }
    }

    /// A frame callback is a refresh away where the view is seen; a software renderer on a busy machine takes longer.
    private static let framePatience: UInt64 = 3_000_000_000
    /// A mode switch turns the plane off for a moment: only a longer pause is a dark screen.
    private static let blankDelay: UInt64 = 500_000_000
    /// A guest that is there has a picture as soon as it is asked, on a busy machine too.
    private static let openingDelay: UInt64 = 1_000_000_000
    /// How long the last frames' reports are awaited; a hidden window's never come.
    private static let drainDelay: UInt64 = 500_000_000

    /// - Parameters:
    ///   - window: the surface that the host gives.
    ///   - transaction: commits it.
    package init(
        on window: PlaneSurface, _ transaction: Transaction, of compositor: Compositor, options: ViewOptions, loop: EventLoop,
        log: Logger
    ) throws(EventLoopError) {
        self.transaction = transaction
        self.options = options
        ledger = ViewLedger(log: log)
        presence = .awaited(nil)
        ladder = BufferLadder(
            compositor.buffers, cursorIsPointerImage: options.cursor == .pointer, forced: options.forcedPath)
        picture = PictureLayer(
            Stage(window, compositor, rotation: options.rotation, hints: options.hints), rotation: options.rotation)
        cursor = CursorLayer(
            options.cursor, over: window, compositor.surfaces, rotation: options.rotation, log: log)
        tracker = PresentationTracker(compositor.timing) { [unowned self] report in record(report) }
        frameListener = Listener { [unowned self] _ in handleFrame() }
        blankTimer = try loop.timer { [unowned self] in handleBlank() }
        frameTimer = try loop.timer { [unowned self] in act(pacer.patienceEnded()) }
        drainTimer = try loop.timer { [unowned self] in act(pacer.drainEnded()) }
        pollTimer = try loop.timer { [unowned self] in act(pacer.changed()) }
        ladder.onAnswer = { [unowned self] kind, identity, result in handleImport(kind, identity, result) }
        picture.presenter.onRelease = { [unowned self] buffer in handleRelease(.primary, buffer) }
        cursor.presenter.onRelease = { [unowned self] buffer in handleRelease(.cursor, buffer) }
    }

    package var statistics: Statistics { ledger.statistics }
    /// What the view shows of the guest's cursor.
    package var shownCursor: ShownCursor { cursor.shown }
    /// The primary plane's size, once there was one.
    package var guestSize: PixelSize? { picture.guest }
    /// Where the last commit placed the picture; nil before there was one.
    package var placement: Placement? { picture.placement }
    /// The picture with its bars, on the view's surface.
    package var content: LogicalRectangle? { picture.content }
    /// Whether the bars are part of the view's surface.
    package var isFramed: Bool { picture.stage.isFramed }
    /// Whether anything is on screen.
    package var isMapped: Bool { picture.stage.isMapped }
    /// Whether what is on screen is black in the place of a picture.
    package var isDark: Bool { picture.stage.isDark }
    /// Whether the view goes on showing what comes.
    package var isOpen: Bool { pacer.isOpen }

    // MARK: The guest as it comes and goes

    /// Shows this guest from now on. The picture of the one before stays until there is a new one, or until the new guest has shown
    /// nothing for a moment.
    package func attach(_ planes: any PlaneSource) {
        guard pacer.isOpen else { return }
        replaceGuest(with: ViewedGuest(planes))
        if case .lost = presence { ledger.statistics.reconnects += 1 }
        presence = .present(name: planes.name)
        ledger.guestName = planes.name
        cursor.forget()
        if let host { tellCursor(host) }
        pollClock = PollClock()
        // A new guest that shows nothing for a moment is dark: the old one's picture would be a lie.
        if !pacer.isUnconfigured { blankTimer.arm(after: Self.blankDelay) }
        planes.delegate = self
        planeSourceDidChange(planes)
    }

    /// There is no guest from now on; the last picture stays.
    package func detach(_ presence: Presence) {
        guard pacer.isOpen else { return }
        if guest != nil {
            replaceGuest(with: nil)
            // A source that has gone is worth a word unless the next one follows at once.
            blankTimer.arm(after: Self.blankDelay)
        }
        self.presence = presence
    }

    public func planeSourceDidChange(_ source: any PlaneSource) {
        if pacer.isUnconfigured { transaction.mark(.planes) }
        act(pacer.changed())
    }

    public func planeSource(_ source: any PlaneSource, didEnd error: SourceError) { host?.guestDidEnd(error) }

    /// Nothing of the old guest means anything for the new one: generations begin anew, and the kernel may give an old buffer's
    /// inode to a new one.
    private func replaceGuest(with new: ViewedGuest?) {
        finishStatistics()
        if let guest {
            ledger.close(guest.planes.counts)
            guest.planes.delegate = nil
        }
        guest = new
        pollTimer.disarm()
        pictureFault = nil
        outgoing = PerPlane(primary: nil, cursor: nil)
        awaitsCopy = false
        ladder.cancel()
        picture.presenter.disown(&ledger.statistics)
        cursor.presenter.disown(&ledger.statistics)
        act(pacer.importEnded())
    }

    // MARK: Events

    /// The host's surface has been configured, for the first time or anew.
    package func configured(isSuspended: Bool) {
        if !isMapped { blankTimer.arm(after: isAwaiting ? Self.blankDelay : Self.openingDelay) }
        act(pacer.configured(isSuspended: isSuspended))
        wasArranged()
    }

    private var isAwaiting: Bool { if case .awaited = presence { true } else { false } }

    /// Something around the picture has changed that the next commit brings in line.
    package func surroundingsChanged() { act(pacer.changed()) }

    /// The window was arranged anew, and what that changes must not be kept back for ever by a frame callback that has got lost:
    /// mutter 48 forgets those of a screen that it takes down, until something else has it draw.
    package func wasArranged() {
        if pacer.arranged() { frameTimer.arm(after: Self.framePatience) } else { frameTimer.disarm() }
    }

    private func act(_ action: FramePacer.Action) {
        switch action {
        case .commit:
            // The next poll is due when this query is done.
            pollTimer.disarm()
            transaction.mark(.planes)
        case .hold, .ignore: schedulePoll()
        case .finish: host?.viewDidFinish()
        }
    }

    /// The queries of a source that doesn't tell of its changes.
    private func schedulePoll() {
        guard let guest, guest.isPolled else { return }
        guard pacer.wantsPolling else { return pollTimer.disarm() }
        pollTimer.arm(at: pollClock.next(after: EventLoop.now()))
    }

    private func handleFrame() {
        frameCallback = nil
        act(pacer.frameCallback())
    }

    private func handleBlank() {
        // Nothing may be attached before the first configure, with which the time begins anew.
        if pacer.isOpen, !pacer.isUnconfigured { transaction.mark(.blank) }
    }

    private func record(_ report: PresentationTracker.Report) {
        ledger.record(report)
        if case .presented(let frame) = report {
            pollClock.presented(at: frame.at, refreshInterval: frame.refreshInterval)
        }
        act(pacer.reported(isLast: tracker.waiting == 0))
    }

    private func handleImport(_ kind: PlaneKind, _ identity: BufferIdentity, _ result: Result<ImportedBuffer, ImportError>) {
        switch (kind, result) {
        case (.primary, .success(let buffer)): picture.presenter.add(buffer, &ledger.statistics)
        case (.cursor, .success(let buffer)): cursor.presenter.add(buffer, &ledger.statistics)
        case (.primary, .failure(let error)):
            picture.presenter.wasRefused(identity, error, &ledger.statistics)
            report(error, of: kind)
        case (.cursor, .failure(let error)):
            cursor.presenter.wasRefused(identity, error, &ledger.statistics)
            report(error, of: kind)
        }
        guard !ladder.isWaiting else { return }
        act(pacer.importEnded())
    }

    /// The compositor has given back a buffer's memory, or a copy of it.
    private func handleRelease(_ kind: PlaneKind, _ buffer: ImportedBuffer) {
        if buffer.isPlaneMemory { guest?.planes.released(kind, buffer.identity) }
        guard awaitsCopy else { return }
        awaitsCopy = false
        act(pacer.changed())
    }

    // MARK: The frame path

    /// Brings the view's surfaces in line with what has changed; children are committed.
    ///
    /// - Returns: whether the view's own surface needs a commit, which follows at once.
    package func compose(_ changes: Transaction.Changes, for host: any GuestViewHost) -> Bool {
        var needsCommit = false
        if changes.contains(.planes) {
            needsCommit = composePlanes(host)
            schedulePoll()
        }
        if changes.contains(.blank) { needsCommit = composeBlank(host) || needsCommit }
        if needsCommit { picture.stage.commitChild() }
        return needsCommit
    }

    private func composePlanes(_ host: any GuestViewHost) -> Bool {
        guard let guest else { return composeHeld(host) }
        guard !ladder.isWaiting else {
            pacer.importStarted()
            return false
        }
        // Before the first configure nothing can be committed, but the first pictures are imported: a round trip less until they
        // are on screen.
        guard !pacer.isUnconfigured else {
            importEarly(guest)
            return false
        }
        ledger.statistics.frames.queried += 1
        let pictureStep = step(&picture.presenter, guest)
        let cursorStep = cursor.isWanted ? step(&cursor.presenter, guest) : .off
        guard !ladder.isWaiting else {
            pacer.importStarted()
            return false
        }
        return compose(pictureStep, cursorStep, host)
    }

    /// Answers a configure while there is no guest.
    private func composeHeld(_ host: any GuestViewHost) -> Bool {
        guard !pacer.isUnconfigured, picture.answerConfigure(below: cursor.child, for: host) else { return false }
        requestFrame()
        return true
    }

    private func importEarly(_ guest: ViewedGuest) {
        guard picture.presenter.cache.buffers.isEmpty else { return }
        // The first commit asks again for what can't be had just now; what can't be had at all is reported once, here.
        importEarly(&picture.presenter, guest)
        if cursor.isWanted { importEarly(&cursor.presenter, guest) }
    }

    private func importEarly(_ presenter: inout PlanePresenter, _ guest: ViewedGuest) {
        guard case .unusable(let error)? = try? presenter.step(guest, ladder, &ledger.statistics) else { return }
        report(error, of: presenter.kind)
    }

    /// A plane that can't be had just now holds its last picture, while the other one goes on.
    private func step(_ presenter: inout PlanePresenter, _ guest: ViewedGuest) -> PlanePresenter.Step {
        do throws(PlaneError) {
            return try presenter.step(guest, ladder, &ledger.statistics)
        } catch {
            handle(error, isRepeated: presenter.temporaryFailures > 1)
            return .hold
        }
    }

    private func compose(
        _ step: PlanePresenter.Step, _ cursorStep: PlanePresenter.Step, _ host: any GuestViewHost
    ) -> Bool {
        if case .unusable(let error) = step { report(error, of: .primary) }
        if case .unusable(let error) = cursorStep { report(error, of: .cursor) }
        var isChanged = false
        var isLast = false
        switch step {
        case .show(let info, let buffer):
            guard show(info, buffer, host) else { break }
            isChanged = true
            isLast = ledger.statistics.frames.committed == options.frameLimit
        case .unchanged(let info):
            blankTimer.disarm()
            isChanged = picture.place(isFlipped: info.isFlipped, below: cursor.child, for: host)
        case .off:
            wasTurnedOff()
            isChanged = picture.answerConfigure(below: cursor.child, for: host)
        case .hold, .unusable: isChanged = picture.answerConfigure(below: cursor.child, for: host)
        case .full:
            ledger.complain(
                "the compositor holds \(BufferCache<ImportedBuffer>.limit) buffers and gives none back: the picture stands still")
            isChanged = picture.answerConfigure(below: cursor.child, for: host)
        case .wait: break
        }
        // The child is committed before its parent, whose commit makes both visible at once.
        let change = cursor.update(
            cursorStep, over: picture, &ledger.statistics,
            wasCommitted: { outgoing[.cursor] = Outgoing($0, $1) },
            wasSkipped: { guest?.planes.skipped(.cursor, generation: $0.generation) })
        cursor.follow(cursorStep)
        tellCursor(host)
        if change == .moved, !isChanged { ledger.statistics.frames.cursorMoves += 1 }
        let isNews = isMapped && (isChanged || change != .none)
        if guest?.isPolled == true { pollClock.queried(at: EventLoop.now(), isChanged: isNews) }
        guard isNews else { return false }
        requestFrame(isLast: isLast)
        return true
    }

    private func tellCursor(_ host: any GuestViewHost) {
        if let news = cursor.takeNews() { host.view(shows: news) }
    }

    private func requestFrame(isLast: Bool = false) {
        var callback = picture.stage.window.surface.frame()
        callback.listen(frameListener)
        frameCallback = consume callback
        pacer.committed(isLast: isLast)
        if isLast { drainTimer.arm(after: tracker.waiting > 0 ? Self.drainDelay : 1_000_000) }
    }

    /// Attaches a new picture. Returns false where every copy is still held by the compositor.
    private func show(_ info: PlaneInfo, _ buffer: ImportedBuffer, _ host: any GuestViewHost) -> Bool {
        let last = picture.presenter.shown?.generation
        guard picture.show(info, buffer, below: cursor.child, for: host) else {
            awaitsCopy = true
            return false
        }
        blankTimer.disarm()
        pictureFault = nil
        ledger.count(info.generation, since: last)
        let now = EventLoop.now()
        tracker.follow(picture.stage.picture.surface.ref, changedAt: info.changedAt, committedAt: now)
        picture.presenter.wasShown(info, buffer, &ledger.statistics)
        outgoing[.primary] = Outgoing(info, buffer)
        ledger.countCommit(changedAt: info.changedAt, at: now)
        return true
    }

    /// The commit is with the compositor: what went out in it is told to the source.
    package func commitWasFlushed() {
        tell(.primary, outgoing.primary)
        tell(.cursor, outgoing.cursor)
        outgoing = PerPlane(primary: nil, cursor: nil)
        if isDark { picture.presenter.dropDisowned() }
    }

    private func tell(_ kind: PlaneKind, _ gone: Outgoing?) {
        guard let gone, let guest else { return }
        guest.planes.committed(kind, generation: gone.generation)
        // The compositor has a copy.
        if !gone.isPlaneMemory { guest.planes.released(kind, gone.identity) }
    }

    // MARK: Without a picture

    private func wasTurnedOff() {
        guard picture.presenter.shown != nil else { return }
        picture.presenter.wasHidden()
        blankTimer.arm(after: Self.blankDelay)
    }

    /// There has been no picture for a while.
    private func composeBlank(_ host: any GuestViewHost) -> Bool {
        // A picture of this very turn comes first.
        guard pictureFault != nil || !isShowingGuest else { return false }
        let darkens = mustDarken
        if darkens {
            guard picture.darken(below: cursor.child, for: host) else { return false }
            if case .present = presence, pictureFault == nil { ledger.note("display off") }
        }
        return host.pictureIsMissing() || darkens
    }

    /// Why there is no picture, for whoever says so.
    package var reasonForNothing: PictureAbsence {
        switch presence {
        case .awaited(let error): .awaited(error)
        case .lost(let error): .lost(error)
        case .present: pictureFault.map { .unusable("\($0)") } ?? .off
        }
    }

    /// Whether the guest's own newest picture is on screen.
    private var isShowingGuest: Bool {
        if case .present = presence { picture.presenter.shown != nil } else { false }
    }

    /// The last picture of a source that has gone stays, and so does the last one that could be shown.
    private var mustDarken: Bool {
        guard isMapped else { return true }
        guard case .present = presence else { return false }
        return picture.presenter.shown == nil && !isDark
    }

    // MARK: Faults

    private func handle(_ error: PlaneError, isRepeated: Bool) {
        switch error {
        case .stale, .off, .ended: break  // the next change, or the source's own end, follows
        case .invalid(let fault): ledger.complain("the guest's plane is refused: \(fault)")
        // A driver may refuse the first query of each new mode (mbochs): only what lasts is worth a line.
        case .temporary(let code):
            if isRepeated { ledger.complain("the guest's plane can't be had just now (errno \(code))") }
        }
    }

    private func report(_ error: ImportError, of kind: PlaneKind) {
        ledger.complain("the \(kind) can't be shown: \(error)")
        guard kind == .primary else { return }
        pictureFault = error
        blankTimer.arm(after: Self.blankDelay)
        ledger.pictureFailed(error)
    }

    // MARK: The end

    /// Brings in what is counted elsewhere. Also for statistics wanted while running.
    package func finishStatistics() {
        ledger.statistics.buffers.live = UInt64(picture.presenter.liveBuffers + cursor.presenter.liveBuffers)
        ledger.bringIn(guest?.planes.counts ?? SourceCounts(), copied: picture.presenter.bytesCopied)
    }

    /// Gives back everything but the surfaces.
    package func close() {
        guard !pacer.isClosed else { return }
        finishStatistics()
        pacer.close()
        transaction.close()
        guest?.planes.delegate = nil
        ledger.close(guest?.planes.counts ?? SourceCounts())
        guest = nil
        for timer in [pollTimer, frameTimer, blankTimer, drainTimer] { timer?.disarm() }
        tracker.close()
        ladder.cancel()
        frameCallback = nil
    }

    /// Ends the cursor's role.
    package func closeCursor() { cursor.close() }

    /// Gives back the view's surfaces and every buffer, after the host's role is gone.
    package func closeSurfaces() {
        picture.stage.close()
        picture.presenter.close()
    }
}
