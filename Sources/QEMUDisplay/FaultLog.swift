// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Logging

/// Faults of a peer in the log, at most one a second, with the number of those left out.
struct FaultLog {
    private var next: UInt64 = 0
    private var leftOut = 0

    mutating func report(_ text: @autoclosure () -> String, at time: UInt64, to logger: Logger) {
        guard time >= next else {
            leftOut += 1
            return
        }
        next = time + 1_000_000_000
        logger.warning("\(text())\(leftOut == 0 ? "" : " (and \(leftOut) faults before it)")")
        leftOut = 0
    }
}
