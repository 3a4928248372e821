// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Logging
internal import GuestView
internal import GuestWindow
internal import Planes
internal import System

/// Brings a window its source: one that isn't there yet, or a new one in the place of one that has ended. It tries again and again,
/// with growing pauses; the window is the user's all the while.
///
/// ```swift
/// let keeper = try SourceKeeper(of: window, loop: loop, log: log) { patience in
///     try window.attach(open(patience), input: nil)
/// }
/// keeper.reconnects = true
/// ```
final class SourceKeeper {
    /// Opens the source and attaches it. May block for so many nanoseconds.
    typealias Opening = (_ patience: UInt64) throws(SourceError) -> Void

    private enum Search {
        case none
        /// Since this time of CLOCK_MONOTONIC.
        case waiting(since: UInt64)
        case reconnecting(since: UInt64)
    }

    /// The least time that a try is given: a source that is there answers within a few milliseconds.
    private static let leastPatience: UInt64 = 100_000_000

    private unowned let window: GuestWindow
    private let log: Logger
    private let open: Opening
    private var search = Search.none
    private var pause = RetryPause()
    /// When the last search was over.
    private var foundAt: UInt64 = 0
    private var patience = SourceKeeper.leastPatience
    /// Why the last try failed.
    private var lastError: SourceError?
    private var retryTimer: TimerSource!
    private var limitTimer: TimerSource!

    /// - Parameter window: holds nothing of this, and outlives it.
    init(
        of window: GuestWindow, loop: EventLoop, log: Logger, open: @escaping Opening
    ) throws(EventLoopError) {
        self.window = window
        self.log = log
        self.open = open
        retryTimer = try loop.timer { [unowned self] in retry() }
        limitTimer = try loop.timer { [unowned self] in giveUp() }
    }

    /// Whether the window goes on when its source ends, until there is another.
    var reconnects = false
    /// Called with the reason when the search is given up.
    var onGivingUp: ((SourceError) -> Void)?

    /// Looks for a source that isn't there yet.
    ///
    /// - Parameters:
    ///   - error: what a first try has said.
    ///   - limit: nanoseconds, after which the window ends with the last try's error; nil for no limit.
    func wait(after error: SourceError, limit: UInt64?) {
        log.info("\(error.message) (waiting for it)")
        window.detach(.awaited(error))
        if let limit { limitTimer.arm(after: limit) }
        begin(.waiting(since: EventLoop.now()), error)
    }

    func handleLoss(_ error: SourceError) {
        log.warning("\(error.message) (waiting for its return)")
        begin(.reconnecting(since: EventLoop.now()), error)
    }

    private func begin(_ search: Search, _ error: SourceError) {
        self.search = search
        lastError = error
        // One that is hardly there when it ends again is looked for as if it had never been there.
        if EventLoop.now() - foundAt > RetryPause.longest { pause = RetryPause() }
        scheduleRetry()
    }

    /// A try may take a quarter of the pause before it: the window stands still in the meantime.
    private func scheduleRetry() {
        let next = pause.next()
        patience = max(next / 4, Self.leastPatience)
        retryTimer.arm(after: next)
    }

    private func retry() {
        do throws(SourceError) {
            try open(patience)
        } catch {
            lastError = error
            log.debug("\(error.message)")
            if case .waiting = search { window.detach(.awaited(error)) }
            guard isWorthAnother(error) else { return giveUp() }
            return scheduleRetry()
        }
        limitTimer.disarm()
        switch search {
        case .none: break
        case .waiting(let start): log.info("\(window.name): there after \(Self.seconds(since: start)) s")
        case .reconnecting(let start): log.info("\(window.name): back after \(Self.seconds(since: start)) s")
        }
        search = .none
        foundAt = EventLoop.now()
    }

    /// A device that comes back isn't ours before udev has said so; of one that is waited for, only the user can say so.
    private func isWorthAnother(_ error: SourceError) -> Bool {
        switch (error.reason, search) {
        case (.usage, _), (.notPermitted, .waiting), (_, .none): false
        case (.notPermitted, .reconnecting), (.unavailable, _), (.fault, _): true
        }
    }

    private func giveUp() {
        retryTimer.disarm()
        search = .none
        if let lastError { onGivingUp?(lastError) }
    }

    /// With one decimal.
    private static func seconds(since start: UInt64) -> String {
        let tenths = (EventLoop.now() - start) / 100_000_000
        return "\(tenths / 10).\(tenths % 10)"
    }
}
