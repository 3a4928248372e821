// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Measurement
internal import Planes
package import Surfaces
internal import System
internal import Wayland

// The frame path: from the planes' states to what the next commit shows.

extension GuestView {
    /// Updates the view's surfaces to match what has changed; children are committed.
    ///
    /// - Returns: whether the view's own surface needs a commit, which follows at once.
    package func compose(_ changes: Transaction.Changes, for host: any GuestViewHost) -> Bool {
        var needsCommit = false
        if changes.contains(.planes) { needsCommit = composePlanes(host) }
        // Before the first configure nothing may be attached; the time starts again with it.
        if changes.contains(.blank), schedule.isOpen, !schedule.isUnconfigured { needsCommit = composeBlank(host) || needsCommit }
        if needsCommit, picture.stage.commitChild(), let guest, let (generation, buffer) = picture.presenter.shownBuffer() {
            guest.willCommit(.primary, generation, in: buffer)
        }
        return needsCommit
    }

    private func composePlanes(_ host: any GuestViewHost) -> Bool {
        guard let guest else { return composeHeld(host) }
        defer { schedule.schedulePoll() }
        guard !ladder.isWaiting else {
            schedule.importStarted()
            return false
        }
        // Before the first configure nothing can be committed, but the first pictures are imported: a round trip less until they
        // are on screen.
        guard !schedule.isUnconfigured else {
            importEarly(guest)
            return false
        }
        ledger.statistics.frames.queried += 1
        queriedAt = EventLoop.now()
        let pictureStep = step(&picture.presenter, guest)
        let cursorStep = cursor.isWanted ? step(&cursor.presenter, guest) : .off
        if !cursor.isWanted { guest.skipCursor() }
        guard !ladder.isWaiting else {
            schedule.importStarted()
            return false
        }
        return compose(pictureStep, cursorStep, of: guest, host)
    }

    /// Answers a configure while there is no guest.
    private func composeHeld(_ host: any GuestViewHost) -> Bool {
        guard !schedule.isUnconfigured, picture.answerConfigure(below: cursor.child, for: host) else { return false }
        schedule.committed(to: picture.stage.window.surface)
        return true
    }

    private func importEarly(_ guest: ViewedGuest) {
        guard picture.presenter.cache.buffers.isEmpty else { return }
        // The first commit retries temporary failures; permanent ones are reported once, here.
        importEarly(&picture.presenter, guest)
        if cursor.isWanted { importEarly(&cursor.presenter, guest) }
    }

    private func importEarly(_ presenter: inout PlanePresenter, _ guest: ViewedGuest) {
        guard case .unusable(let error)? = try? presenter.step(guest, ladder, ledger) else { return }
        report(error, of: presenter.kind)
    }

    /// A plane that isn't available at the moment holds its last picture, while the other one goes on.
    private func step(_ presenter: inout PlanePresenter, _ guest: ViewedGuest) -> PlanePresenter.Step {
        do throws(PlaneError) {
            return try presenter.step(guest, ladder, ledger)
        } catch {
            handle(error, isRepeated: presenter.temporaryFailures > 1)
            return .hold
        }
    }

    private func compose(
        _ step: PlanePresenter.Step, _ cursorStep: PlanePresenter.Step, of guest: ViewedGuest, _ host: any GuestViewHost
    ) -> Bool {
        if case .unusable(let error) = step { report(error, of: .primary) }
        if case .unusable(let error) = cursorStep { report(error, of: .cursor) }
        var isChanged = false
        var isPicture = false
        switch step {
        case .show(let info, let buffer):
            guard show(info, buffer, of: guest, host) else {
                isChanged = picture.answerConfigure(below: cursor.child, for: host)
                break
            }
            isChanged = true
            isPicture = true
        case .unchanged(let info):
            watch.pictureIsThere()
            isChanged = picture.place(isFlipped: info.isFlipped, below: cursor.child, for: host)
        case .off:
            if picture.presenter.shown != nil { watch.expectPicture() }
            picture.presenter.wasHidden()
            isChanged = picture.answerConfigure(below: cursor.child, for: host)
        case .hold, .unusable: isChanged = picture.answerConfigure(below: cursor.child, for: host)
        case .full:
            awaitsRelease = true
            ledger.complain(
                "the compositor holds \(BufferCache<ImportedBuffer>.limit) buffers and releases none: the picture stands still")
            isChanged = picture.answerConfigure(below: cursor.child, for: host)
        case .wait: break
        }
        // The child is committed before its parent, whose commit makes both visible at once.
        let change = cursor.update(cursorStep, over: picture, of: guest, ledger)
        ledger.noteCursor(cursorStep, change, isMapped: cursor.isMapped)
        if case .blocked = change { awaitsRelease = true }
        if case .full = cursorStep { awaitsRelease = true }
        cursor.follow(cursorStep)
        tellCursor(host)
        if change == .moved, !isChanged { ledger.statistics.frames.cursorMoves += 1 }
        let isNews = (isChanged || change == .moved || change == .redrawn) && isMapped
        guard isNews else {
            schedule.foundNothing(at: queriedAt)
            return false
        }
        schedule.foundNews(at: queriedAt, isPicture: isPicture, committedTo: picture.stage.window.surface)
        if isPicture, ledger.statistics.frames.committed == options.frameLimit {
            schedule.reachedLimit(awaitsReports: tracker.waiting > 0)
        }
        return true
    }

    func tellCursor(_ host: any GuestViewHost) {
        if let news = cursor.takeNews() { host.view(shows: news) }
    }

    /// Attaches a new picture. Returns false if the compositor still holds every copy of it.
    private func show(
        _ info: PlaneInfo, _ buffer: ImportedBuffer, of guest: ViewedGuest, _ host: any GuestViewHost
    ) -> Bool {
        guard let presentation = picture.show(info, buffer, ledger, below: cursor.child, for: host) else {
            awaitsRelease = true
            return false
        }
        watch.pictureIsThere()
        let now = EventLoop.now()
        let obstacles = scanout?.obstacles(to: buffer, in: picture, isUnderCursor: cursor.isOverPicture, for: host) ?? []
        let number = ledger.countCommit(info, buffer, presentation, obstacles, queriedAt: queriedAt, at: now)
        tracker.follow(picture.stage.picture.surface.ref, number, changedAt: info.changedAt, committedAt: now)
        guest.willCommit(.primary, info.generation, in: buffer)
        return true
    }

    /// The commit has been flushed: its generations are told to the source.
    package func commitWasFlushed() {
        guest?.commitWasFlushed { isFree($0, $1) }
        ledger.wasAnswered()
        if keepsOldBuffers { dropOldBuffers() }
    }

    private func dropOldBuffers() {
        if picture.presenter.shown != nil || isDark { picture.presenter.dropOldBuffers() }
        if cursor.presenter.shown != nil || !cursor.isMapped { cursor.presenter.dropOldBuffers() }
        keepsOldBuffers = picture.presenter.hasOldBuffers || cursor.presenter.hasOldBuffers
    }

    /// Whether the guest may draw into memory that one of its imports, or a copy of it, has set free.
    func isFree(_ kind: PlaneKind, _ identity: BufferIdentity) -> Bool {
        kind == .primary ? picture.presenter.isFree(identity) : cursor.presenter.isFree(identity)
    }

    // MARK: Without a picture

    /// There has been no picture for a while.
    private func composeBlank(_ host: any GuestViewHost) -> Bool {
        let isShown = picture.presenter.shown != nil
        // A picture of this very turn comes first.
        guard !watch.isShowing(isShown) else { return false }
        let darkens = watch.mustDarken(isShown: isShown, picture.stage)
        if darkens {
            guard picture.darken(below: cursor.child, for: host) else { return false }
            if case .present = watch.presence, watch.fault == nil { ledger.note("display off") }
        }
        return host.pictureIsMissing() || darkens
    }

    // MARK: Faults

    private func handle(_ error: PlaneError, isRepeated: Bool) {
        switch error {
        case .stale, .off, .ended: break  // the next change, or the source's own end, follows
        case .invalid(let fault): ledger.complain("the guest's plane is refused: \(fault)")
        // A driver may refuse the first query of each new mode (mbochs): only what lasts is worth a line.
        case .temporary(let code):
            if isRepeated { ledger.complain("the guest's plane isn't available at the moment: \(Errno(code: code).text)") }
        }
    }

    func report(_ error: ImportError, of kind: PlaneKind) {
        ledger.complain("the \(kind) can't be shown: \(error)")
        guard kind == .primary else { return }
        watch.pictureFailed(error)
        ledger.pictureFailed(error)
    }
}
