// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Logging
public import Planes
internal import Wayland

/// What is shown when the guest shows nothing: darkness, or the last picture where the source has gone, and a notice that says why.
/// All of it ends with the first picture, in the same commit.
extension GuestWindow {
    /// A mode switch turns the plane off for a moment: only a longer pause is a dark screen.
    private static let blankDelay: UInt64 = 500_000_000
    /// A guest that is there has a picture as soon as it is asked, on a busy machine too.
    private static let openingDelay: UInt64 = 1_000_000_000

    /// A source that is awaited isn't there yet for this reason.
    public func awaits(_ error: SourceError) {
        guard isAwaiting else { return }
        presence = .awaited(error)
        guard notice != nil else { return }
        notice = reasonForNothing
        redrawNotice()
    }

    /// The window may be shown from now on: without a picture it comes a little later, with a notice.
    func scheduleOpening() {
        if !stage.isMapped { blankTimer.arm(after: isAwaiting ? Self.blankDelay : Self.openingDelay) }
    }

    /// The plane is off.
    func scheduleBlank() {
        guard primary.shown != nil else { return }
        primary.wasHidden()
        blankTimer.arm(after: Self.blankDelay)
    }

    /// A new guest that shows nothing for a moment is dark: the old one's picture would be a lie. A source that has gone, or a
    /// picture that can't be shown, is worth a word unless the next one follows at once.
    func sayUnlessShown() { blankTimer.arm(after: Self.blankDelay) }

    /// There has been no picture for a while.
    func handleBlank() {
        // Nothing may be attached before the first configure, with which the time begins anew.
        guard case .running = life, shell.pendingSerial != nil || shell.applied != nil else { return }
        if mustDarken {
            _ = place(shell.guest, isFlipped: stage.picture.isFlipped, isDark: true)
            guard let placement = shell.applied, stage.darken(placement.destination) else { return }
            if case .present = presence, pictureFault == nil { log.info("\(source.name): display off") }
        }
        notice = reasonForNothing
        _ = arrangeNotice()
        steerIdleInhibition()
        stage.commit()
        if stage.isDark { primary.dropDisowned() }
    }

    /// The last picture of a source that has gone stays, and so does the last one that could be shown.
    private var mustDarken: Bool {
        guard stage.isMapped else { return true }
        guard case .present = presence else { return false }
        return primary.shown == nil && !stage.isDark
    }

    private var reasonForNothing: Notice {
        switch presence {
        case .awaited(let error): Notice(headline: "guest not started", reason: error?.message)
        case .lost(let error): Notice(headline: "source gone, waiting", reason: error.message)
        case .present:
            if let pictureFault {
                Notice(headline: "the picture can't be shown", reason: "\(pictureFault)")
            } else {
                Notice(headline: "display off")
            }
        }
    }

    /// Brings the notice in line with the window: part of the coming commit. Returns whether it needs one.
    func arrangeNotice() -> Bool {
        guard let said = remark ?? notice, let room = content, compositor.subcompositor != nil else { return false }
        if noticeBox == nil { noticeBox = NoticeBox(compositor, on: stage.window) }
        do throws(ImportError) {
            return try noticeBox!.wear(
                NoticeBox.Look(notice: said, place: remark == nil ? .middle : .foot, room: room, scale: shell.scale))
        } catch {
            complain("the notice «\(said.headline)» can't be drawn: \(error)")
            return false
        }
    }

    /// What it says, or how sharp it can be, has changed without a picture or a configure.
    func redrawNotice() {
        if arrangeNotice() { stage.commit() }
    }

    /// There is a picture again: part of its commit.
    func takeNoticeAway() {
        pictureFault = nil
        guard notice != nil else { return }
        notice = nil
        if remark == nil { noticeBox?.hide() }
    }
}
