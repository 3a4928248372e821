// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import Testing

@testable import Measurement

@Suite("What a process costs")
struct ProcessCostTests {
    @Test("is read behind the program's name, whatever that is")
    func stat() throws {
        let line =
            "4242 (a) R b) S 1 4242 4242 0 -1 4194560 1000 0 20 0 300 45 0 0 20 0 3 0 777 123456 2500 18446744073709551615 1"
        let fields = try #require(ProcessCost.fields(ofStat: line.utf8))
        #expect(fields.pageFaults == 1020 && fields.ticks == 345 && fields.residentPages == 2500)
        #expect(ProcessCost.fields(ofStat: "4242 (a".utf8) == nil && ProcessCost.fields(ofStat: "4242 (a) S 1 2".utf8) == nil)
        let status = "Name:\tx\nvoluntary_ctxt_switches:\t17\nnonvoluntary_ctxt_switches:\t5\n"
        #expect(ProcessCost.number("voluntary_ctxt_switches:", in: status) == 17)
        #expect(ProcessCost.number("nonvoluntary_ctxt_switches:", in: status) == 5 && ProcessCost.number("x:", in: status) == 0)
    }

    @Test("of this process is seen from inside as from outside")
    func own() throws {
        let before = ProcessCost.own()
        var sum: UInt64 = 0
        while ProcessCost.own().processorTime < before.processorTime + 50_000_000 { sum &+= UInt64.random(in: 0...9) }
        let inside = ProcessCost.own(), outside = try #require(ProcessCost(of: getpid()))
        #expect(inside.since(before).processorTime >= 50_000_000 && sum > 0)
        // Hundredths of a second, for each thread.
        #expect(abs(Double(outside.processorTime) - Double(inside.processorTime)) < Double(inside.processorTime) / 2 + 1e9)
        #expect(outside.residentBytes > 1_000_000 && outside.pageFaults > 0 && outside.wakeUps > 0)
        #expect((outside.residentBytes / 2...outside.residentBytes * 2).contains(inside.residentBytes))
        #expect(ProcessCost(of: -1) == nil)
    }

    @Test("of a run is the difference between its end and its start; the most memory is kept")
    func meter() {
        func cost(_ number: UInt64, resident: UInt64) -> ProcessCost {
            var cost = ProcessCost()
            (cost.processorTime, cost.wakeUps, cost.preemptions, cost.pageFaults) = (number, number * 2, number * 3, number * 4)
            cost.residentBytes = resident
            return cost
        }
        var meter = CostMeter(from: cost(10, resident: 100))
        #expect(meter.used.processorTime == 0 && meter.growth == 0)
        meter.add(cost(15, resident: 300))
        meter.add(cost(20, resident: 60))
        let used = meter.used
        #expect([used.processorTime, used.wakeUps, used.preemptions, used.pageFaults] == [10, 20, 30, 40])
        #expect(used.residentBytes == 60 && meter.mostResidentBytes == 300 && meter.growth == -40)
        // A process whose number another one has got.
        meter.add(cost(1, resident: 1))
        #expect(meter.used.processorTime == 0)
    }
}
