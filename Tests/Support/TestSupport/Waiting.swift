// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

public import EventLoop
internal import Glibc

/// The two spans that tests wait for. A test of what happens must not depend on when it happens: it waits for the event, however
/// busy the machine is.
public enum Patience {
    /// The limit of every wait for something that must come, in seconds. A wait ends with its event, so only a failing test takes
    /// this long.
    public static let limit = 180.0
    /// The same in nanoseconds, for the limits of the code under test.
    public static let nanoseconds = UInt64(limit) * 1_000_000_000

    /// How long a test looks on before it asserts that nothing has come, in seconds. On a busy machine such an assertion proves
    /// less, but it never fails for want of time.
    public static let moment = 0.1
}

extension EventLoop {
    /// Turns until `condition` holds. Returns false if it still doesn't after ``Patience/limit``.
    public func runUntil(_ condition: () throws -> Bool) throws -> Bool {
        let end = EventLoop.now() + Patience.nanoseconds
        while try !condition() {
            guard EventLoop.now() < end else { return false }
            try turn(waitingAtMost: 20_000_000)
        }
        return true
    }

    /// Turns without waiting until nothing is left to do: what the two ends of a connection on this loop have sent each other has
    /// arrived.
    public func settle() throws {
        var quiet = 0
        while quiet < 3 { quiet = try turn(waitingAtMost: 0) ? 0 : quiet + 1 }
    }

    /// Turns for ``Patience/moment``, in which whatever must not come would have come.
    public func runForAMoment() throws { try run(for: Patience.moment) }

    /// Turns for as long as a clock of the code under test needs to have gone on, in seconds. The code may be later than that.
    public func run(for seconds: Double) throws {
        let end = EventLoop.now() + UInt64(seconds * 1e9)
        while EventLoop.now() < end { try turn(waitingAtMost: 20_000_000) }
    }
}

/// Sleeps until `condition` holds. Returns false if it still doesn't after ``Patience/limit``.
///
/// - Parameter pause: the time between two looks, in seconds; longer where a look costs a process or a picture.
public func waitUntil(every pause: Double = 0.005, _ condition: () throws -> Bool) rethrows -> Bool {
    let end = EventLoop.now() + Patience.nanoseconds
    while try !condition() {
        guard EventLoop.now() < end else { return false }
        usleep(UInt32(pause * 1e6))
    }
    return true
}

/// Sleeps for ``Patience/moment``, in which whatever must not come would have come to another process.
public func waitForAMoment() { usleep(UInt32(Patience.moment * 1e6)) }
