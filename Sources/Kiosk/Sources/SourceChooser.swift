// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
package import Logging
package import Planes
package import Viewer

/// Keeps a screen supplied with the best of its sources that is there. It opens, owns and closes their guests; the delegate borrows the
/// one that is shown. It never gives up.
package final class SourceChooser {
    package weak var delegate: (any SourceChooserDelegate)?

    /// A source with its link; and while its guest is open and nobody sees it, who answers for that.
    private final class Candidate {
        let text: String
        let link: GuestLink
        var standby: Standby?
        /// Tells when the source's file appears.
        var watch: PathWatch?
        /// Why the source isn't there; nil while it is, or nobody looks for it.
        var error: SourceError?

        init(_ text: String, _ link: GuestLink) { (self.text, self.link) = (text, link) }
    }

    private let candidates: [Candidate]
    private let loop: EventLoop
    private let log: Logger
    private var ranking: SourceRanking
    private var timer: TimerSource!
    /// The rank of the source that is chosen; nil for none.
    private var shown: Int?
    /// Whether the delegate shows nothing, and the guests are answered for here.
    private var isAside = true
    /// Whether there was a picture, which stays, or nothing after the first search.
    private var hasBegun = false
    /// How often a source that was chosen has ended.
    package private(set) var losses: UInt64 = 0

    /// - Parameter opener: begins an attempt at a source.
    package init(
        for screen: ScreenConfiguration, loop: EventLoop, log: Logger, opener: @escaping (SourceAddress) -> GuestLink.Opener
    ) {
        self.loop = loop
        self.log = log
        candidates = screen.sources.map { Candidate($0.text, GuestLink(loop: loop, opener: opener($0.address))) }
        ranking = SourceRanking(count: screen.sources.count, preferAfter: screen.preferAfter, hold: screen.hold)
        timer = loop.timer { [unowned self] in carryOut(ranking.timeCame(at: EventLoop.now())) }
        for (candidate, source) in zip(candidates, screen.sources) {
            candidate.link.delegate = self
            guard let file = source.address.file else { continue }
            candidate.watch = PathWatch(file, loop: loop) { [unowned candidate] in candidate.link.hurry() }
        }
    }

    deinit { close() }

    /// Begins to look for the sources.
    package func start() { carryOut(ranking.start(at: EventLoop.now())) }

    /// The delegate can show a guest from now on, and is told again what is chosen. It has no last picture to show.
    package func takeUp() {
        guard isAside else { return }
        isAside = false
        if let shown { tell(shown) } else if hasBegun { delegate?.chooserHasNothing(self) }
    }

    /// The delegate shows nothing from now on, as before the first ``takeUp()``. Its guest stays open, and isn't kept waiting.
    package func setAside() {
        isAside = true
        if let shown { putAside(shown) }
    }

    /// The guest that is shown has ended. Its last picture stays until the delegate hears more.
    package func shownGuestDidEnd(_ error: SourceError) {
        if let shown { guestDidEnd(shown, error) }
    }

    /// Why each of the sources that is looked for isn't there, in order of preference.
    package var errors: [SourceError] { candidates.compactMap(\.error) }

    /// Closes all guests. The delegate is told nothing more.
    package func close() {
        timer.disarm()
        shown = nil
        for candidate in candidates {
            candidate.watch = nil
            drop(candidate)
        }
    }

    private func carryOut(_ actions: [SourceRanking.Action]) {
        for action in actions {
            switch action {
            case .seek(let rank): candidates[rank].link.open()
            case .drop(let rank): drop(candidates[rank])
            case .show(let rank): show(rank)
            case .idle:
                hasBegun = true
                delegate?.chooserHasNothing(self)
            }
        }
        if let next = ranking.nextTime { timer.arm(at: next) } else { timer.disarm() }
    }

    private func show(_ rank: Int) {
        shown = rank
        hasBegun = true
        log.info("\(candidates[rank].text.asSubject) shown")
        tell(rank)
    }

    private func tell(_ rank: Int) {
        let candidate = candidates[rank]
        guard let guest = candidate.link.guest else { return }
        if isAside { putAside(rank) } else { candidate.standby = nil }
        delegate?.chooser(self, shows: guest, from: candidate.text)
    }

    private func putAside(_ rank: Int) {
        guard let guest = candidates[rank].link.guest else { return }
        candidates[rank].standby = Standby(guest.planes) { [unowned self] in guestDidEnd(rank, $0) }
    }

    private func drop(_ candidate: Candidate) {
        candidate.standby = nil
        candidate.error = nil
        candidate.link.cut()
    }

    private func guestDidEnd(_ rank: Int, _ error: SourceError) {
        let candidate = candidates[rank]
        note(error, of: candidate)
        candidate.standby = nil
        candidate.link.lose(error)
        if shown == rank {
            shown = nil
            losses += 1
        }
        carryOut(ranking.ended(rank, at: EventLoop.now()))
    }

    /// Says the reason of a failure once for each time that it changes.
    private func note(_ error: SourceError, of candidate: Candidate) {
        if candidate.error?.message != error.message { log.warning("\(error.message)") }
        candidate.error = error
    }
}

extension SourceChooser: GuestLinkDelegate {
    package func link(_ link: GuestLink, didOpen guests: [Guest], in search: GuestLink.Search?) {
        guard let rank = candidates.firstIndex(where: { $0.link === link }) else { return }
        candidates[rank].error = nil
        putAside(rank)
        carryOut(ranking.opened(rank, at: EventLoop.now()))
    }

    package func link(_ link: GuestLink, didFail error: SourceError, in search: GuestLink.Search?) {
        guard let rank = candidates.firstIndex(where: { $0.link === link }) else { return }
        note(error, of: candidates[rank])
        if let search { link.retry(search) } else { link.wait(after: error, limit: nil) }
        carryOut(ranking.failed(rank, at: EventLoop.now()))
    }

    /// Not said of a link without a limit.
    package func link(_ link: GuestLink, didGiveUp error: SourceError) {}
}

/// The screen that a chooser supplies; called in the loop.
package protocol SourceChooserDelegate: AnyObject {
    /// Show this guest from now on, in place of the one before, which is closed afterwards. While the delegate shows nothing, this only
    /// tells what it would show.
    ///
    /// - Parameter source: the source's URL.
    func chooser(_ chooser: SourceChooser, shows guest: Guest, from source: String)
    /// No source is there, and the last picture has stayed for its time, or has gone.
    func chooserHasNothing(_ chooser: SourceChooser)
}

/// Answers for a guest that is open while nobody sees it, so that a guest that waits for its frames goes on.
private final class Standby: PlaneSourceDelegate {
    private let planes: any PlaneSource
    private let ended: (SourceError) -> Void

    init(_ planes: any PlaneSource, ended: @escaping (SourceError) -> Void) {
        self.planes = planes
        self.ended = ended
        planes.delegate = self
        // What the window before had taken and never committed is waited for, too.
        planeSourceDidChange(planes)
    }

    func planeSourceDidChange(_ source: any PlaneSource) {
        for kind in PlaneKind.allCases {
            if case .showing(let info)? = try? source.query(kind) { source.skipped(kind, generation: info.generation) }
        }
    }

    func planeSource(_ source: any PlaneSource, didEnd error: SourceError) { ended(error) }
}
