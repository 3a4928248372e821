// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import GuestInput
internal import Logging
internal import Measurement
internal import Planes
internal import System
internal import Wayland

/// The frame path: query, import where the memory is new, one atomic commit of both planes.
extension GuestWindow {
    func present() {
        // Imports made early, before the first configure.
        if importer.isWaiting {
            pacer.importStarted()
            return
        }
        statistics.frames.queried += 1
        let picture = step(&primary)
        let cursor = shell.showsCursor ? step(&cursor) : .off
        if importer.isWaiting {
            pacer.importStarted()
            return
        }
        commit(picture: picture, cursor: cursor)
    }

    /// A plane that can't be had just now holds its last picture, while the other one goes on.
    private func step(_ presenter: inout PlanePresenter) -> PlanePresenter.Step {
        do throws(PlaneError) {
            return try presenter.step(source, importer, &statistics)
        } catch {
            handle(error, isRepeated: presenter.temporaryFailures > 1)
            return .hold
        }
    }

    private func commit(picture step: PlanePresenter.Step, cursor cursorStep: PlanePresenter.Step) {
        if case .unusable(let error) = step { report(error, of: .primary) }
        if case .unusable(let error) = cursorStep { report(error, of: .cursor) }
        var isChanged = false
        switch step {
        case .show(let info, let buffer):
            guard show(info, buffer) else { break }
            isChanged = true
        case .unchanged(let info):
            blankTimer.disarm()
            isChanged = place(info.identity.layout.size, isFlipped: info.isFlipped)
        case .off:
            scheduleBlank()
            isChanged = answerConfigure()
        case .hold, .unusable: isChanged = answerConfigure()
        case .full:
            complain(
                "the compositor holds \(BufferCache<ImportedBuffer>.limit) buffers and gives none back: the picture stands still")
            isChanged = answerConfigure()
        case .wait: break
        }
        // The child is committed before its parent, whose commit makes both visible at once.
        let cursorChange = updateCursor(cursorStep)
        tellPointers(of: cursorStep)
        if cursorChange == .moved, !isChanged { statistics.frames.cursorMoves += 1 }
        let isNews = stage.isMapped && (isChanged || cursorChange != .none)
        if source is any PolledPlaneSource { pollClock.queried(at: EventLoop.now(), isChanged: isNews) }
        guard isNews else { return }
        var callback = stage.window.surface.frame()
        callback.listen(frameListener)
        frameCallback = consume callback
        stage.commit()
        pacer.committed()
        stopAtLimit()
    }

    /// Attaches a new picture. Returns false where every copy is still held by the compositor.
    private func show(_ info: PlaneInfo, _ buffer: ImportedBuffer) -> Bool {
        // After darkness or a mode switch the surface holds nothing that the guest's damage could be counted from.
        let size = info.identity.layout.size
        let damage = primary.shown?.identity.layout.size == size ? info.damage : .everything
        guard let attachable = take(buffer, of: primary.cache, damage: damage) else { return false }
        blankTimer.disarm()
        let isReturn = primary.shown == nil || notice != nil
        takeNoticeAway()
        count(info)
        shell.guest = size
        // A guest that has taken the size of the window must not change the window's proportions by its rounding.
        if options.keepsAspect, size != askedSize { shell.proportions = options.rotation.turned(size) }
        _ = place(size, isFlipped: info.isFlipped)
        stage.attach(attachable, damage: damage.rectangle(in: size))
        if isReturn { steerIdleInhibition() }
        let now = EventLoop.now()
        statistics.changeToCommit.record(nanoseconds: now &- info.changedAt)
        tracker.follow(stage.picture.surface.ref, changedAt: info.changedAt, committedAt: now)
        primary.wasShown(info, buffer, &statistics)
        source.committed(.primary, generation: info.generation)
        statistics.frames.committed += 1
        if statistics.path != toldPath { tellPath() }
        return true
    }

    /// nil where the compositor holds every copy; the first that it gives back brings the picture then, even a still guest's.
    private func take(_ buffer: ImportedBuffer, of cache: BufferCache<ImportedBuffer>, damage: Damage) -> WlBuffer.Ref? {
        if let attachable = cache.take(buffer, damage: damage) { return attachable }
        buffer.whenReleased { [unowned self] in execute(pacer.changed()) }
        return nil
    }

    private func tellPath() {
        toldPath = statistics.path
        log.info("\(source.name): path \(toldPath.rawValue), memory \(statistics.memory): \(statistics.pathReason)")
    }

    /// Generations that the guest made since the last commit: all but the newest are superseded.
    private func count(_ info: PlaneInfo) {
        let last = primary.shown?.generation ?? Generation(info.generation.rawValue &- 1)
        let made = info.generation.rawValue > last.rawValue ? info.generation.rawValue - last.rawValue : 1
        statistics.frames.changed += made
        statistics.frames.superseded += made - 1
    }

    /// A configure while there is no new picture: what is held, or the darkness, takes the new size.
    private func answerConfigure() -> Bool {
        guard shell.pendingSerial != nil, stage.isMapped else { return false }
        return place(shell.guest, isFlipped: stage.picture.isFlipped, isDark: stage.isDark)
    }

    /// Size, crop, flip and opaque region of the picture. Returns whether any of them is news.
    ///
    /// - Parameter guest: nil before it has shown anything.
    func place(_ guest: PixelSize?, isFlipped: Bool, isDark: Bool = false) -> Bool {
        let placement = shell.placement(guest: guest.map(options.rotation.turned), canFrame: stage.canFrame)
        var isNew = acknowledge(placement)
        let picture = stage.picture
        // The guest's crop would lie outside the one black pixel, which ends the connection.
        isNew = picture.scale(source: isDark ? nil : placement.source, to: placement.destination) || isNew
        isNew = picture.orient(isFlipped: isFlipped) || isNew
        isNew = picture.declareOpaque(placement.destination) || isNew
        return isNew
    }

    enum CursorChange { case none, moved, redrawn }

    private func updateCursor(_ step: PlanePresenter.Step) -> CursorChange {
        guard let cursorSurface else { return .none }
        switch step {
        case .off: return hideCursor(cursorSurface)
        case .unchanged(let info):
            guard let overlay = overlay(info) else { return hideCursor(cursorSurface) }
            return place(overlay, isFlipped: info.isFlipped, on: cursorSurface) ? .moved : .none
        case .show(let info, let buffer):
            guard let overlay = overlay(info) else {
                source.skipped(.cursor, generation: info.generation)
                return hideCursor(cursorSurface)
            }
            let damage = cursor.shown == nil ? .everything : info.damage
            guard let attachable = take(buffer, of: cursor.cache, damage: damage) else { return .none }
            _ = place(overlay, isFlipped: info.isFlipped, on: cursorSurface)
            cursorSurface.attach(attachable, damage: damage.rectangle(in: info.identity.layout.size))
            cursorSurface.commit()
            cursor.wasShown(info, buffer, &statistics)
            source.committed(.cursor, generation: info.generation)
            guard wearsCursor else { return .redrawn }
            // The pointer's image follows the host's pointer and needs nothing of the window.
            input?.cursor = .image(cursorSurface.surface.ref, hotSpot: hotSpot(info, on: overlay))
            return .none
        case .hold, .full, .wait, .unusable: return .none
        }
    }

    private func hideCursor(_ surface: PlaneSurface) -> CursorChange {
        cursor.wasHidden()
        defer { cursor.dropDisowned() }
        guard surface.detach() else { return .none }
        surface.commit()
        return .redrawn
    }

    /// Where the cursor goes, cut off at the picture's edges; nil where all of it is outside. The host pointer's image is
    /// placed by the host and never cut.
    private func overlay(_ info: PlaneInfo) -> Overlay? {
        guard let guest = shell.guest, let placement = shell.applied else { return nil }
        let size = info.identity.layout.size, rotation = options.rotation
        var overlay = placement.overlay(
            rotation.turned(size), at: rotation.turned(size, at: info.position, on: guest), guest: rotation.turned(guest),
            isCut: !wearsCursor && compositor.viewporter != nil)
        // The cursor is a child of the window, whichever surface the picture is on.
        if stage.isFramed {
            overlay?.position.x += placement.offset.x
            overlay?.position.y += placement.offset.y
        }
        return overlay
    }

    /// Where on the shown cursor its hot spot is, in logical units.
    private func hotSpot(_ info: PlaneInfo, on overlay: Overlay) -> PixelPoint {
        let size = info.identity.layout.size, shown = options.rotation.turned(size)
        let pixel = options.rotation.turned(PixelSize(width: 1, height: 1), at: info.hotSpot ?? .zero, on: size)
        return PixelPoint(
            x: Int32(clamping: Int64(pixel.x) * Int64(overlay.size.width) / Int64(shown.width)),
            y: Int32(clamping: Int64(pixel.y) * Int64(overlay.size.height) / Int64(shown.height)))
    }

    private func place(_ overlay: Overlay, isFlipped: Bool, on surface: PlaneSurface) -> Bool {
        var isNew = surface.orient(isFlipped: isFlipped)
        if surface.scale(source: overlay.source, to: overlay.size) {
            // A subsurface's own state needs its own commit; its place is the parent's.
            if surface.isMapped { surface.commit() }
            isNew = true
        }
        guard !wearsCursor else { return isNew }
        return surface.move(to: overlay.position) || isNew
    }

    private func stopAtLimit() {
        guard let limit = options.frameLimit, statistics.frames.committed >= limit, case .running = life else { return }
        life = .draining
        // The last frames' reports; a hidden window's never come.
        drainTimer.arm(after: tracker.waiting > 0 ? 500_000_000 : 1_000_000)
    }

    private func handle(_ error: PlaneError, isRepeated: Bool) {
        switch error {
        case .stale, .off, .ended: break  // the next change, or the source's own end, follows
        case .invalid(let fault): complain("the guest's plane is refused: \(fault)")
        // A driver may refuse the first query of each new mode (mbochs): only what lasts is worth a line.
        case .temporary(let code):
            if isRepeated { complain("the guest's plane can't be had just now (errno \(code))") }
        }
    }

    func report(_ error: ImportError, of kind: PlaneKind) {
        complain("the \(kind) can't be shown: \(error)")
        if kind == .primary {
            pictureFault = error
            sayUnlessShown()
            statistics.path = .none
            statistics.pathReason = "\(error)"
            toldPath = .none
        }
    }

    /// One line at a time: a guest must not be able to fill a disk with its mistakes.
    func complain(_ message: String) {
        guard let held = faultLimit.pass(at: EventLoop.now()) else { return }
        log.warning("\(source.name): \(message)\(held > 0 ? " (and \(held) more like it)" : "")")
    }
}
