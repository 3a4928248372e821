// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import System
import Testing

@Suite("Limits and pauses of what repeats itself")
struct RepetitionTests {
    @Test("one event passes in each interval, and says how many were held back before it")
    func limit() {
        var limit = RateLimit(perSecond: 4)
        #expect(limit.pass(at: 1_000) == 0)
        #expect(limit.pass(at: 2_000) == nil)
        #expect(limit.pass(at: 250_000_999) == nil)
        #expect(limit.pass(at: 250_001_000) == 2)
        #expect(limit.pass(at: 500_001_000) == 0)
    }

    @Test("pauses double from a quarter of a second to five seconds and stay there")
    func pauses() {
        var pause = RetryPause()
        let milliseconds = (0..<7).map { _ in pause.next() / 1_000_000 }
        #expect(milliseconds == [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000])
    }

    @Test("a jittered pause is up to a quarter shorter, and seldom the same")
    func jitter() {
        let pauses = Set((0..<100).map { _ in RetryPause.jittered(1_000_000_000) })
        #expect(pauses.count > 90 && pauses.allSatisfy { (750_000_000...1_000_000_000).contains($0) })
    }
}
