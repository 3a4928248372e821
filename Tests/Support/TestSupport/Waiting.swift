// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import EventLoop
internal import Glibc

extension EventLoop {
    /// Turns until `condition` holds. Returns false where the time is over first.
    public func run(forAtMost seconds: Double, until condition: () -> Bool) throws -> Bool {
        let end = EventLoop.now() + UInt64(seconds * 1e9)
        while !condition() {
            guard EventLoop.now() < end else { return false }
            try turn(waitingAtMost: 20_000_000)
        }
        return true
    }

    /// Turns for this long, whatever happens.
    public func run(for seconds: Double) throws { _ = try run(forAtMost: seconds) { false } }
}

/// Sleeps until `condition` holds. Returns false where the time is over first.
public func wait(forAtMost seconds: Double, until condition: () -> Bool) -> Bool {
    let end = EventLoop.now() + UInt64(seconds * 1e9)
    while !condition() {
        guard EventLoop.now() < end else { return false }
        usleep(5_000)
    }
    return true
}
