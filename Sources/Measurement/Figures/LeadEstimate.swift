// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Learns from frames how long before a refresh a compositor needs a commit that it is to show in it: a value of fixed size. No protocol
/// tells that, and without it nobody can say whether a frame was late.
///
/// The shortest waits between commit and presentation are about as long, if commits come at any time between two refreshes. A guest in
/// step with the screen commits always at the same time; then the limit is somewhere in the part of the refresh in which no commit ever
/// came, and the middle of it is assumed, so that no jitter makes a frame late.
struct LeadEstimate {
    private static let bins = 64

    private var waits = LatencyHistogram(.threeDigits)
    /// How many frames have waited for so long beyond whole refreshes, in parts of a refresh.
    private var phases = Array(repeating: UInt64(0), count: bins)
    private var total: UInt64 = 0
    private var interval: UInt64 = 0

    /// - Parameter interval: the screen's refresh interval; 0 where it is unknown. Both in nanoseconds.
    mutating func add(wait: UInt64, interval: UInt64) {
        waits.record(nanoseconds: wait)
        guard interval > 0 else { return }
        self.interval = interval
        let phase = wait % interval
        phases[Int(phase * UInt64(Self.bins) / interval)] += 1
        total += 1
    }

    /// In nanoseconds.
    var lead: UInt64 {
        let shortest = waits.percentile(1)
        // What the histogram rounds up must not take a frame's lateness away.
        let least = shortest - shortest / 500
        let gap = unused
        guard gap >= Self.bins / 4 else { return least }
        return least - min(least, interval * UInt64(gap) / UInt64(2 * Self.bins))
    }

    /// The longest row of phases in which hardly a frame came, going round.
    private var unused: Int {
        guard total > 0 else { return 0 }
        var longest = 0, current = 0
        for place in 0..<2 * Self.bins {
            current = phases[place % Self.bins] <= total / 200 ? current + 1 : 0
            longest = max(longest, min(current, Self.bins))
        }
        return longest
    }
}
