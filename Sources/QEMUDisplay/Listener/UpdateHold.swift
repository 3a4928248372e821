// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Planes

/// Keeps the guest's GL waiting after an update until its frame is committed or skipped, at most ``QEMUDisplay/longestHold``.
///
/// At most one reply is kept: a newer one sends the older, since the frame of the older will never be shown.
final class UpdateHold {
    private var reply: HeldReply?
    private var since: UInt64 = 0
    private var generation = Generation.none
    private var timer: TimerSource! = nil
    private var timerRuns = false

    init(loop: EventLoop) { timer = loop.timer { [unowned self] in timerFired() } }

    func hold(_ reply: consuming HeldReply, for generation: Generation) {
        since = EventLoop.now()
        self.generation = generation
        self.reply = consume reply
        armTimer()
    }

    /// The frame of this generation was committed, or never will be.
    func settle(_ generation: Generation) {
        if generation >= self.generation { release() }
    }

    func release() { reply = nil }

    /// Releases the reply, and lets the loop sleep.
    func close() {
        release()
        timer.disarm()
    }

    private func timerFired() {
        timerRuns = false
        guard reply != nil else { return }
        // The reply may be a later one than the timer was armed for: arming it once a hold rather than once a frame saves a
        // system call each.
        if EventLoop.now() < since + QEMUDisplay.longestHold { armTimer() } else { release() }
    }

    private func armTimer() {
        guard !timerRuns else { return }
        timerRuns = true
        timer.arm(at: since + QEMUDisplay.longestHold)
    }
}
