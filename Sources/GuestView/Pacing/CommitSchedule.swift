// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Surfaces
internal import Wayland

/// When a view commits: this asks `FramePacer` at each event and does what it says, at the moment that suits the guest's kind.
final class CommitSchedule {
    private let transaction: Transaction
    private var latency: LatencyMode
    // No access to these can overlap another, so the frame path skips the runtime's exclusivity checks.
    @exclusivity(unchecked) private var pacer = FramePacer()
    @exclusivity(unchecked) private(set) var refreshes = RefreshClock()
    /// When to query the guest; nil without one, or for one that tells of its changes.
    @exclusivity(unchecked) private var polling: PollClock?
    /// When to commit what the guest tells of; nil where that is at once, and for one that must be queried.
    @exclusivity(unchecked) private var latch: LateLatch?
    @exclusivity(unchecked) private var frameCallback: WlCallback?
    @exclusivity(unchecked) private var frameListener: Listener<WlCallback.Event>!
    private var pollTimer: TimerSource!
    /// Fires when what waits for the next refresh is to be committed.
    private var latchTimer: TimerSource!
    private var frameTimer: TimerSource!
    private var drainTimer: TimerSource!
    private let onFinish: () -> Void
    /// Called at each frame callback.
    @exclusivity(unchecked) var onFrame: (() -> Void)?

    /// A frame callback is a refresh away while the view is seen; a software renderer on a busy machine takes longer.
    private static let framePatience: UInt64 = 3_000_000_000
    /// How long the last frames' reports are awaited; a hidden window's never come.
    private static let drainDelay: UInt64 = 500_000_000

    /// - Parameter onFinish: called when the frame limit is reached and nothing more is awaited.
    init(of transaction: Transaction, _ latency: LatencyMode, loop: EventLoop, onFinish: @escaping () -> Void) {
        self.transaction = transaction
        self.latency = latency
        self.onFinish = onFinish
        frameListener = Listener { [unowned self] _ in handleFrame() }
        frameTimer = loop.timer { [unowned self] in act(pacer.patienceEnded()) }
        drainTimer = loop.timer { [unowned self] in act(pacer.drainEnded()) }
        latchTimer = loop.timer { [unowned self] in handleLatch() }
        pollTimer = loop.timer { [unowned self] in act(pacer.changed()) }
    }

    var isOpen: Bool { pacer.isOpen }
    var isClosed: Bool { pacer.isClosed }
    var isUnconfigured: Bool { pacer.isUnconfigured }

    /// Another guest is shown, or none: nothing of the one before is awaited any more.
    func guestDidChange(to guest: ViewedGuest?) {
        use(latency, for: guest)
        importEnded()
    }

    /// Commits by this mode from now on. What waited for its moment is looked at again.
    func use(_ latency: LatencyMode, for guest: ViewedGuest?) {
        self.latency = latency
        pollTimer.disarm()
        latchTimer.disarm()
        polling = guest.flatMap { $0.isPolled ? PollClock(isSparing: latency == .power) : nil }
        latch = guest.flatMap { $0.isPolled || latency == .low ? nil : LateLatch(isSparing: latency == .power) }
        act(pacer.changed())
    }

    // MARK: Why to commit

    /// The guest tells that it has changed.
    func guestChanged() {
        if latch != nil { latch!.changed(at: EventLoop.now(), by: refreshes) }
        if pacer.isReady { commitInTime() } else { look() }
    }

    /// The guest is to be looked at, though it hasn't told anything: it has just been attached, or its picture is to be imported anew.
    func look() {
        // The first pictures are imported before there is anything to commit to.
        if pacer.isUnconfigured { transaction.mark(.planes) }
        act(pacer.changed())
    }

    /// Something around the picture has changed that the next commit takes into account.
    func surroundingsChanged() { act(pacer.changed()) }

    func configured(isSuspended: Bool) { act(pacer.configured(isSuspended: isSuspended)) }

    /// The window was arranged again, and what that changes must not be kept back for ever by a frame callback that has got lost:
    /// mutter 48 forgets those of a screen that it takes down, until something else makes it redraw.
    func wasArranged() {
        if pacer.arranged() { frameTimer.arm(after: Self.framePatience) } else { frameTimer.disarm() }
    }

    private func handleFrame() {
        frameCallback = nil
        onFrame?()
        let action = pacer.frameCallback()
        if action == .commit { commitInTime() } else { act(action) }
    }

    private func handleLatch() {
        if let due = latch?.came(at: EventLoop.now()) { return latchTimer.arm(at: due) }
        act(pacer.changed())
    }

    /// Commits at once, or as late as it makes the same refresh.
    private func commitInTime() {
        guard latch != nil else { return transaction.mark(.planes) }
        let now = EventLoop.now()
        guard let due = latch!.due(at: now, by: refreshes) else { return }
        if due > now { latchTimer.arm(at: due) } else { transaction.mark(.planes) }
    }

    private func act(_ action: FramePacer.Action) {
        switch action {
        case .commit: transaction.mark(.planes)
        case .hold, .ignore: schedulePoll()
        case .finish: onFinish()
        }
    }

    /// Schedules the next query of a source that doesn't tell of its changes.
    func schedulePoll() {
        guard let polling else { return }
        guard pacer.wantsPolling else { return pollTimer.disarm() }
        pollTimer.arm(at: polling.next(after: EventLoop.now(), by: refreshes))
    }

    // MARK: What has happened

    /// The query has found a buffer that must be imported first.
    func importStarted() { pacer.importStarted() }

    /// The compositor has answered the last import, either way.
    func importEnded() { act(pacer.importEnded()) }

    /// The planes were queried, at this time in nanoseconds of CLOCK_MONOTONIC, and nothing is to be committed.
    func foundNothing(at time: UInt64) { polling?.queried(at: time, isChanged: false) }

    /// The planes were queried, and what has changed is committed at the end of this turn.
    ///
    /// - Parameters:
    ///   - surface: the view's own.
    ///   - time: when they were queried, in nanoseconds of CLOCK_MONOTONIC.
    ///   - isPicture: whether there is a new picture. Only for such a commit the compositor is asked when it was on screen.
    func foundNews(at time: UInt64, isPicture: Bool, committedTo surface: borrowing WlSurface) {
        polling?.queried(at: time, isChanged: true)
        refreshes.committed(at: time, isTimed: isPicture && (polling != nil || latch?.isTimed == true))
        latch?.committed()
        latchTimer.disarm()
        committed(to: surface)
    }

    /// A commit follows at the end of this turn: the compositor is asked when it wants the next one.
    func committed(to surface: borrowing WlSurface) {
        var callback = surface.frame()
        callback.listen(frameListener)
        frameCallback = consume callback
        pacer.committed()
    }

    /// The frame limit is reached with the coming commit.
    ///
    /// - Parameter awaitsReports: whether the compositor is still to report on any frame.
    func reachedLimit(awaitsReports: Bool) {
        pacer.reachedLimit()
        drainTimer.arm(after: awaitsReports ? Self.drainDelay : 1_000_000)
    }

    /// A picture was on screen.
    func presented(_ frame: PresentationTracker.Presented) {
        refreshes.presented(at: frame.shownAt, refreshInterval: frame.refreshInterval, committedAt: frame.committedAt)
    }

    /// The compositor has reported on a frame, whatever has become of it.
    ///
    /// - Parameter isLast: whether no other report is awaited.
    func reported(isLast: Bool) { act(pacer.reported(isLast: isLast)) }

    func close() {
        pacer.close()
        for timer in [pollTimer, latchTimer, frameTimer, drainTimer] { timer?.disarm() }
        frameCallback = nil
    }
}
