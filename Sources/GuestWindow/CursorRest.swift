// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop

/// Whether the cursor has stood still for so long that it isn't worth seeing.
final class CursorRest {
    private(set) var isResting = false
    private let delay: UInt64
    /// Called when it goes to rest, and when it wakes.
    private let onChange: () -> Void
    private var timer: TimerSource!
    /// When the cursor was last moved.
    private var movedAt = EventLoop.now()

    /// - Parameter delay: in nanoseconds.
    init(after delay: UInt64, loop: EventLoop, onChange: @escaping () -> Void) {
        self.delay = delay
        self.onChange = onChange
        timer = loop.timer { [unowned self] in look() }
        timer.arm(after: delay)
    }

    /// The guest's cursor or the host's pointer is somewhere else, or looks different.
    func moved() {
        movedAt = EventLoop.now()
        guard isResting else { return }
        isResting = false
        timer.arm(after: delay)
        onChange()
    }

    /// One timer does for any number of movements.
    private func look() {
        guard EventLoop.now() >= movedAt + delay else { return timer.arm(at: movedAt + delay) }
        isResting = true
        onChange()
    }

    func close() { timer.disarm() }
}
