// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
package import Planes
internal import System

/// The link from a session to one of its guests: it opens the guest, owns it, and opens it again after growing pauses while that
/// is wanted. What a failure or a loss means is the delegate's to decide.
///
/// ```
///            open              answer
///  absent ────────► opening ──────────► attached
///    ▲  failure │      ▲  │ failure        │
///    └──────────┘      │  ▼ `retry`        │ `lose`
///    ▲                 lost ◄──────────────┘
///    │ `cut`, from each of them
/// ```
package final class GuestLink {
    /// Begins one attempt to open the source, and passes on what ``GuestOpening`` promises of `done`.
    package typealias Opener = (_ done: @escaping (Result<[Guest], SourceError>) -> Void) -> any GuestOpening

    package enum State {
        /// Nothing is there and nothing goes on: the guest isn't wanted yet, or no more.
        case absent
        /// An attempt is under way; the search is nil for the first one.
        case opening(any GuestOpening, Search?)
        /// The guest is open since this time of CLOCK_MONOTONIC in nanoseconds.
        case attached(Guest, since: UInt64)
        /// The next attempt follows a pause.
        case lost(Search)
    }

    /// A search for a guest that isn't there.
    package struct Search {
        package enum Reason {
            /// The guest has never been there.
            case awaited
            /// The guest has ended.
            case lost
        }

        package let reason: Reason
        /// CLOCK_MONOTONIC in nanoseconds.
        package let since: UInt64
        /// Why the guest isn't there: by the last attempt for one that is awaited, by its own end for one that is lost.
        package var error: SourceError
    }

    package weak var delegate: (any GuestLinkDelegate)?
    private(set) var state = State.absent
    private let opener: Opener?
    private(set) var pause = RetryPause()
    /// The number of the latest attempt. An answer to an earlier one comes too late.
    private var attempts: UInt64 = 0
    private var retryTimer: TimerSource!
    private var limitTimer: TimerSource!

    package init(loop: EventLoop, opener: @escaping Opener) {
        self.opener = opener
        retryTimer = loop.timer { [unowned self] in handleRetry() }
        limitTimer = loop.timer { [unowned self] in handleLimit() }
    }

    /// A link to a guest that was opened together with another one, and can't be opened again by itself.
    init(to guest: Guest) {
        opener = nil
        state = .attached(guest, since: EventLoop.now())
    }

    deinit { cut() }

    /// nil unless the guest is attached.
    package var guest: Guest? { if case .attached(let guest, _) = state { guest } else { nil } }

    /// Whether the guest can be opened again when it has ended.
    var canReopen: Bool { opener != nil }

    /// Begins the first attempt. The delegate is told of its result in a later turn of the loop.
    package func open() {
        guard case .absent = state else { return }
        begin(nil)
    }

    /// Waits for a guest that wasn't there at the first attempt.
    ///
    /// - Parameter limit: nanoseconds after which the link gives up; nil for no limit.
    package func wait(after error: SourceError, limit: UInt64?) {
        if let limit { limitTimer?.arm(after: limit) }
        retry(Search(reason: .awaited, since: EventLoop.now(), error: error))
    }

    /// Closes the guest, which has ended, and looks for its return. A guest that ends soon after it came back doesn't reset the
    /// pauses.
    package func lose(_ error: SourceError) {
        guard case .attached(let guest, let since) = state else { return }
        let now = EventLoop.now()
        pause = Self.pause(pause, after: now - since)
        guest.planes.close()
        retry(Search(reason: .lost, since: now, error: error))
    }

    /// The back-off to continue with after the guest was attached for `stay` nanoseconds.
    static func pause(_ pause: RetryPause, after stay: UInt64) -> RetryPause {
        stay > RetryPause.longest ? RetryPause() : pause
    }

    /// Makes another attempt after the next pause.
    package func retry(_ search: Search) {
        state = .lost(search)
        retryTimer?.arm(after: RetryPause.jittered(pause.next()))
    }

    /// Makes the next attempt now, since the guest may have come. The pauses begin anew.
    package func hurry() {
        guard case .lost(let search) = state else { return }
        pause = RetryPause()
        retryTimer.disarm()
        begin(search)
    }

    /// Ends whatever goes on, and closes the guest.
    package func cut() {
        let last = state
        state = .absent
        retryTimer?.disarm()
        limitTimer?.disarm()
        switch last {
        case .absent, .lost: break
        case .opening(let opening, _): opening.cancel()
        case .attached(let guest, _): guest.planes.close()
        }
    }

    private func begin(_ search: Search?) {
        guard let opener else { return }
        attempts += 1
        let number = attempts
        let opening = opener { [weak self] result in
            guard let self, number == attempts, case .opening(_, let search) = state else { return Self.refuse(result) }
            answered(result, search)
        }
        state = .opening(opening, search)
    }

    private func answered(_ result: Result<[Guest], SourceError>, _ search: Search?) {
        guard let delegate else {
            state = .absent
            return Self.refuse(result)
        }
        do throws(SourceError) {
            let guests = try result.get()
            state = .attached(guests[0], since: EventLoop.now())
            try delegate.link(self, didOpen: guests, in: search)
            limitTimer.disarm()
        } catch {
            Self.refuse(result)
            state = .absent
            delegate.link(self, didFail: error, in: search)
        }
    }

    private func handleRetry() {
        if case .lost(let search) = state { begin(search) }
    }

    private func handleLimit() {
        switch state {
        case .lost(let search), .opening(_, let search?):
            cut()
            delegate?.link(self, didGiveUp: search.error)
        case .absent, .opening, .attached: break
        }
    }

    /// Closes guests that nobody wants.
    private static func refuse(_ result: Result<[Guest], SourceError>) {
        guard case .success(let guests) = result else { return }
        for guest in guests { guest.planes.close() }
    }
}

/// Told by a link; called in the loop.
package protocol GuestLinkDelegate: AnyObject {
    /// The guest is attached. Others that were opened with it are the delegate's from here on.
    ///
    /// - Parameter search: nil after the first attempt.
    /// - Throws: why none of them can be used. The link closes them, and treats it as a failure.
    func link(_ link: GuestLink, didOpen guests: [Guest], in search: GuestLink.Search?) throws(SourceError)

    /// An attempt has failed, and the link is absent: the delegate may have it `wait` or `retry`.
    ///
    /// - Parameter search: nil after the first attempt.
    func link(_ link: GuestLink, didFail error: SourceError, in search: GuestLink.Search?)

    /// The limit of the wait is over, and the link is absent.
    func link(_ link: GuestLink, didGiveUp error: SourceError)
}
