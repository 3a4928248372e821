// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop

/// The queries of a source that doesn't tell of its changes. They stop while a commit waits for its frame callback, which a
/// hidden window doesn't get, and while the compositor says that the window is suspended.
extension GuestWindow {
    func schedulePoll() {
        guard let pollTimer else { return }
        guard case .running = life, pacer.isReady, !shell.state.isSuspended else { return pollTimer.disarm() }
        pollTimer.arm(at: pollClock.next(after: EventLoop.now()))
    }
}
