// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Glibc
import Testing

@testable import GuestView

@Suite("The clock of presentations")
struct PresentationClockTests {
    private typealias Reading = PresentationClock.Reading
    private let ms: UInt64 = 1_000_000

    /// A time of a clock that runs at a rate and was set forward by `step` at a moment, all in nanoseconds of CLOCK_MONOTONIC.
    private func clock(_ time: UInt64, rate: Double = 1, step: Int64 = 0, at moment: UInt64 = .max) -> UInt64 {
        let base: UInt64 = 7_000_000_000_000
        return UInt64(Int64(base) + Int64((Double(time) * rate).rounded()) + (time >= moment ? step : 0))
    }

    private func mapped(
        _ shown: UInt64, committed: UInt64, reported: UInt64, rate: Double = 1, step: Int64 = 0, at moment: UInt64 = .max,
        error: UInt64 = 0
    ) -> (at: UInt64, error: UInt64) {
        func reading(_ time: UInt64) -> Reading {
            Reading(monotonic: time, presentation: clock(time, rate: rate, step: step, at: moment), error: error)
        }
        return PresentationClock.monotonic(
            clock(shown, rate: rate, step: step, at: moment), committed: reading(committed), reported: reading(reported))
    }

    private func distance(_ left: UInt64, _ right: UInt64) -> UInt64 { max(left, right) - min(left, right) }

    @Test("a time of a skewed clock is exact, however long the wait", arguments: [1.0, 1.0005, 0.9995, 1.05, 0.95])
    func skew(rate: Double) {
        for wait in [1, 16, 500, 60_000] as [UInt64] {
            let mapped = mapped(1000 * ms + wait * ms / 2, committed: 1000 * ms, reported: 1000 * ms + wait * ms, rate: rate)
            #expect(distance(mapped.at, 1000 * ms + wait * ms / 2) <= 1 && mapped.error == 0)
        }
    }

    @Test("a time before the commit, as of a refresh that is stamped with its beginning, is before it")
    func before() {
        #expect(mapped(990 * ms, committed: 1000 * ms, reported: 1016 * ms).at == 990 * ms)
        #expect(mapped(990 * ms, committed: 1000 * ms, reported: 1000 * ms).at == 990 * ms)
    }

    @Test(
        "a clock that was set between commit and report is exact, whether the picture was shown before that or after it",
        arguments: [-3_600_000, -200, 200, 3_600_000] as [Int64])
    func set(milliseconds: Int64) {
        for moment in [1005, 1015] as [UInt64] {
            let mapped = mapped(
                1010 * ms, committed: 1000 * ms, reported: 1020 * ms, step: milliseconds * 1_000_000, at: moment * ms, error: 40)
            #expect(mapped.at == 1010 * ms && mapped.error == 40, "set at \(moment)")
        }
    }

    @Test("where both is possible, the error says so")
    func ambiguous() {
        let mapped = mapped(1010 * ms, committed: 1000 * ms, reported: 1020 * ms, step: Int64(5 * ms), at: 1015 * ms)
        #expect(distance(mapped.at, 1010 * ms) <= mapped.error && mapped.error == 5 * ms)
    }

    @Test("a time that is neither is the report's, with all of the wait for an error; no number ends anything")
    func nonsense() {
        let committed = Reading(monotonic: 1000 * ms, presentation: 5000 * ms)
        let reported = Reading(monotonic: 1020 * ms, presentation: 9000 * ms)
        let mapped = PresentationClock.monotonic(7000 * ms, committed: committed, reported: reported)
        #expect(mapped.at == 1020 * ms && mapped.error == 20 * ms)
        for time in [0, 1, UInt64.max / 2, .max] {
            for other in [committed, reported, Reading(monotonic: 1020 * ms, presentation: 5020 * ms, error: 1)] {
                _ = PresentationClock.monotonic(time, committed: committed, reported: other)
                _ = PresentationClock.monotonic(time, committed: Reading(), reported: other)
            }
        }
    }

    @Test("both clocks are read together")
    func read() {
        for clock in [CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME, CLOCK_BOOTTIME] {
            let first = PresentationClock.read(clock), second = PresentationClock.read(clock)
            let passed = Double(second.monotonic - first.monotonic), counted = Double(second.presentation - first.presentation)
            #expect(abs(passed - counted) <= passed * 0.01 + Double(first.error + second.error + 2), "\(clock)")
        }
    }
}
