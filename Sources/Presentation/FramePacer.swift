// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// When to commit: one frame in flight, at most one staged, the newest wins. A value: events go in, an action comes out, and
/// only the window executes it. `docs/pacing.md` draws the states.
struct FramePacer {
    enum Action: Equatable {
        /// Query the source and commit what is new.
        case commit
        /// A change waits for the frame callback, for the configure, or for an import.
        case hold
        /// Nothing is to be done.
        case ignore
    }

    private enum State: Equatable {
        /// No configure has come yet: nothing may be attached.
        case unconfigured
        /// The next change is committed at once.
        case ready
        /// A commit is out and its frame callback has not come. A hidden window stays here, and nobody waits for it.
        case inFlight
        /// A buffer is being imported; its arrival commits.
        case importing(inFlight: Bool)
    }

    private var state = State.unconfigured
    private var isStaged = false

    /// Whether a change would be committed at once.
    var isReady: Bool { state == .ready }

    /// The compositor has configured the window for the first time, or asks for another size.
    mutating func configured() -> Action {
        switch state {
        case .unconfigured:
            state = .ready
            return stagedAction()
        case .ready: return .commit
        case .inFlight, .importing:
            // The new size goes out with the next commit, which must come even from a still guest.
            isStaged = true
            return .hold
        }
    }

    /// The source has something new.
    mutating func changed() -> Action {
        switch state {
        case .ready: return .commit
        case .unconfigured, .inFlight, .importing:
            isStaged = true
            return .hold
        }
    }

    /// A commit went out with a frame callback behind it.
    mutating func committed() {
        state = .inFlight
        isStaged = false
    }

    /// The compositor wants a new frame.
    mutating func frameCallback() -> Action {
        switch state {
        case .inFlight:
            state = .ready
            return stagedAction()
        case .importing(inFlight: true):
            state = .importing(inFlight: false)
            return .hold
        case .unconfigured, .ready, .importing(inFlight: false): return .ignore
        }
    }

    /// The query found a buffer that must be imported first.
    mutating func importStarted() {
        switch state {
        case .importing, .unconfigured: break
        case .inFlight: state = .importing(inFlight: true)
        case .ready: state = .importing(inFlight: false)
        }
    }

    /// The compositor has answered the import, either way.
    mutating func importEnded() -> Action {
        guard case .importing(let inFlight) = state else { return .ignore }
        guard !inFlight else {
            state = .inFlight
            isStaged = true
            return .hold
        }
        state = .ready
        isStaged = false
        return .commit
    }

    private mutating func stagedAction() -> Action {
        guard isStaged else { return .ignore }
        isStaged = false
        return .commit
    }
}
