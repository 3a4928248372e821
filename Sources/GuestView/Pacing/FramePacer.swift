// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Decides when the guest's planes are committed: a value. Events go in, an action comes out, and only the view executes it. At most one
/// frame is in flight and one is staged; the newest wins. `docs/pacing.md` draws the states.
struct FramePacer {
    enum Action: Equatable {
        /// Query the source at the end of this turn, and commit anything new.
        case commit
        /// A change waits: for the frame callback, for the configure, or for an import.
        case hold
        /// Nothing is to be done.
        case ignore
        /// The frame limit is reached and every report has come: the view is finished.
        case finish
    }

    private enum State: Equatable {
        /// No configure has come yet: nothing may be attached.
        case unconfigured
        /// The next change is committed at once.
        case ready
        /// The frame callback of the last commit hasn't come. A hidden window stays in this state, and nothing waits for it.
        case inFlight
        /// A buffer is being imported. The compositor's answer leads to the commit.
        case importing
        /// The frame limit is reached: the last reports are awaited, and nothing more is committed.
        case draining
        /// Nothing is committed any more.
        case closed
    }

    private var state = State.unconfigured
    private var isStaged = false
    /// Whether the window was rearranged and no frame callback has come since.
    private var doubtsCallback = false
    private var isSuspended = false

    /// Whether a source that doesn't report its changes is to be queried now: not while a commit is in flight, and not while the window is
    /// suspended.
    var wantsPolling: Bool { state == .ready && !isSuspended }

    /// Whether a change would be committed at once.
    var isReady: Bool { state == .ready }
    var isClosed: Bool { state == .closed }
    var isUnconfigured: Bool { state == .unconfigured }
    var isOpen: Bool { state != .closed && state != .draining }

    /// The compositor has configured the window for the first time, or asks for another size.
    mutating func configured(isSuspended: Bool = false) -> Action {
        self.isSuspended = isSuspended
        switch state {
        case .unconfigured:
            state = .ready
            return stagedAction()
        case .ready: return .commit
        case .inFlight, .importing:
            // The new size goes out with the next commit, which must come even from a still guest.
            isStaged = true
            return .hold
        case .draining, .closed: return .ignore
        }
    }

    /// The source has something new.
    mutating func changed() -> Action {
        switch state {
        case .ready: return .commit
        case .unconfigured, .inFlight, .importing:
            isStaged = true
            return .hold
        case .draining, .closed: return .ignore
        }
    }

    /// A commit has been sent that requests a frame callback.
    mutating func committed() {
        if state == .ready { state = .inFlight }
    }

    /// The frame limit is reached with the commit that was just sent.
    mutating func reachedLimit() {
        if state == .inFlight { state = .draining }
    }

    /// The compositor wants a new frame.
    mutating func frameCallback() -> Action {
        doubtsCallback = false
        guard state == .inFlight else { return .ignore }
        state = .ready
        return stagedAction()
    }

    /// The window was rearranged, and the compositor may have lost a frame callback on that occasion.
    ///
    /// - Returns: whether ``patienceEnded()`` is to be called after a while. A suspended window gets no callback anyway.
    mutating func arranged() -> Bool {
        doubtsCallback = !isSuspended
        return doubtsCallback
    }

    /// No frame callback has come for a long time after the window was rearranged. The pacer goes on as if it had come.
    mutating func patienceEnded() -> Action { doubtsCallback ? frameCallback() : .ignore }

    /// The query found a buffer that must be imported first.
    mutating func importStarted() {
        if state == .ready { state = .importing }
    }

    /// The compositor has answered the last import, either way.
    mutating func importEnded() -> Action {
        guard state == .importing else { return .ignore }
        state = .ready
        isStaged = false
        return .commit
    }

    /// The compositor has reported on a frame.
    ///
    /// - Parameter isLast: whether no other report is awaited.
    func reported(isLast: Bool) -> Action { state == .draining && isLast ? .finish : .ignore }

    /// The reports that were awaited at the frame limit haven't come in time.
    func drainEnded() -> Action { state == .draining ? .finish : .ignore }

    mutating func close() { state = .closed }

    private mutating func stagedAction() -> Action {
        guard isStaged else { return .ignore }
        isStaged = false
        return .commit
    }
}
