// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop

/// Notices that a guest's picture stands still for longer than it should. It looks twice in that time, and not at each frame.
final class StallWatch {
    /// How often the picture has stood still for too long.
    private(set) var stalls: UInt64 = 0
    private let patience: UInt64
    private let onStall: () -> Void
    private let onReturn: () -> Void
    private var timer: TimerSource!
    /// Tells the number of the picture that is shown; nil where the guest has a newer one. No closure while there is no guest to watch.
    private var picture: (() -> UInt64?)?
    private var last: UInt64?
    private var changedAt: UInt64 = 0
    private var isStalled = false

    /// - Parameters:
    ///   - patience: how long a picture may stand still, in nanoseconds.
    ///   - onStall: called once for each time that it stands still for longer, half of the patience later at most.
    ///   - onReturn: called when it moves again after that.
    init(_ patience: UInt64, loop: EventLoop, onStall: @escaping () -> Void, onReturn: @escaping () -> Void) {
        self.patience = patience
        self.onStall = onStall
        self.onReturn = onReturn
        timer = loop.timer { [unowned self] in look() }
    }

    /// Watches a guest from now on.
    ///
    /// - Parameter picture: the number of the picture that is shown; nil where the guest has a newer one, which the compositor doesn't want
    ///   yet: then it isn't the guest that stands still.
    func begin(_ picture: @escaping () -> UInt64?) {
        self.picture = picture
        last = picture()
        changedAt = EventLoop.now()
        isStalled = false
        timer.arm(after: patience / 2)
    }

    /// There is no guest to watch.
    func end() {
        picture = nil
        timer.disarm()
    }

    private func look() {
        guard let picture else { return }
        timer.arm(after: patience / 2)
        let shown = picture(), now = EventLoop.now()
        guard let shown, shown == last else {
            last = shown
            changedAt = now
            if isStalled { onReturn() }
            isStalled = false
            return
        }
        guard !isStalled, now - changedAt >= patience else { return }
        isStalled = true
        stalls += 1
        onStall()
    }
}
