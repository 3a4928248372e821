// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Testing

@testable import Measurement

@Suite("The schedule of compared ways")
struct BlockScheduleTests {
    private typealias Schedule = BlockSchedule

    /// Plays a schedule against a view that takes each rung after a while.
    ///
    /// - Returns: what was done and when, and the schedule at its end.
    private func play(
        _ paths: [Statistics.Path], rounds: Int, delay: UInt64 = 30_000_000, takes: (Statistics.Path) -> Statistics.Path = { $0 }
    ) -> (done: [(at: UInt64, action: Schedule.Action)], schedule: Schedule) {
        var schedule = Schedule(paths.map(ComparedWay.init), rounds: rounds), now: UInt64 = 1_000_000_000
        var done: [(at: UInt64, action: Schedule.Action)] = []
        var newest: (path: Statistics.Path, committedAt: UInt64)? = (.dmabuf, now - 1)
        var coming: (path: Statistics.Path, committedAt: UInt64)?
        for _ in 0..<100_000 where !schedule.isOver && schedule.refused == nil {
            if let frame = coming, frame.committedAt <= now { (newest, coming) = (frame, nil) }
            for action in schedule.advance(at: now, newest: newest) {
                done.append((now, action))
                if case .use(let way) = action { coming = (takes(way.path!), now + delay) }
            }
            let next = schedule.next(after: now)
            now = max(next, now + 1)
        }
        return (done, schedule)
    }

    private func way(_ path: Statistics.Path) -> ComparedWay { ComparedWay(path) }

    private func order(_ actions: [Schedule.Action]) -> [Statistics.Path] {
        actions.compactMap { if case .begin(let way) = $0 { way.path } else { nil } }
    }

    @Test("each round has a block of each rung, and each second one is the reverse of the one before")
    func order() {
        let (done, schedule) = play([.dmabuf, .sharedMemory, .copy], rounds: 6)
        #expect(schedule.isOver && schedule.refused == nil)
        let names: [Statistics.Path: String] = [.dmabuf: "A", .sharedMemory: "B", .copy: "C"]
        #expect(order(done.map(\.action)).map { names[$0]! }.joined() == "ABCCBABCAACBCABBAC")
        #expect(
            order(play([.copy, .dmabuf], rounds: 4).done.map(\.action)) == [
                .copy, .dmabuf, .dmabuf, .copy, .dmabuf, .copy, .copy, .dmabuf,
            ])
    }

    @Test("a block is forced, settles after the first frame on its rung, counts for its time, and ends before the next")
    func times() {
        let (done, _) = play([.dmabuf, .copy], rounds: 2, delay: 500_000_000)
        #expect(
            done.map(\.action)
                == [.dmabuf, .copy, .copy, .dmabuf].map(ComparedWay.init)
                .flatMap { [Schedule.Action.use($0), .begin($0), .end] })
        for block in stride(from: 0, to: done.count, by: 3) {
            let settled = done[block + 1].at - done[block].at - Schedule.settling
            #expect(settled >= 500_000_000 && settled <= 520_000_001)
            #expect(done[block + 2].at - done[block + 1].at == Schedule.counting)
        }
        #expect(done[3].at == done[2].at)
    }

    @Test("a rung that no frame takes is refused after a while, and nothing is counted for it")
    func refused() {
        let (done, schedule) = play([.dmabuf, .sharedMemory], rounds: 5) { $0 == .sharedMemory ? .copy : $0 }
        #expect(schedule.refused == way(.sharedMemory) && !schedule.isOver)
        #expect(done.map(\.action) == [.use(way(.dmabuf)), .begin(way(.dmabuf)), .end, .use(way(.sharedMemory))])
        var silent = Schedule([way(.copy), way(.dmabuf)], rounds: 5)
        #expect(silent.advance(at: 100, newest: (.copy, 99)) == [.use(way(.copy))])
        // A frame of before says nothing, whatever its rung.
        #expect(silent.advance(at: 100 + Schedule.patience - 1, newest: (.copy, 99)) == [] && silent.refused == nil)
        #expect(silent.advance(at: 100 + Schedule.patience, newest: (.copy, 99)) == [] && silent.refused == way(.copy))
    }

    @Test("a way that isn't about rungs is taken by the first new frame, whatever its rung")
    func anyRung() {
        let low = ComparedWay(named: "low"), power = ComparedWay(named: "power")
        var schedule = Schedule([low, power], rounds: 5)
        #expect(schedule.advance(at: 100, newest: (.copy, 99)) == [.use(low)])
        #expect(schedule.advance(at: 200, newest: (.copy, 99)) == [])
        #expect(schedule.advance(at: 300, newest: (.dmabuf, 250)) == [])
        #expect(schedule.advance(at: 300 + Schedule.settling, newest: (.dmabuf, 250)) == [.begin(low)])
    }

    @Test("a run has as many rounds as it has room for, and no more than are kept")
    func rounds() {
        #expect(Schedule.rounds(of: 3, in: 60_000_000_000) == 10 && Schedule.rounds(of: 2, in: 19_999_999_999) == 4)
        #expect(Schedule.rounds(of: 2, in: .max) * 2 <= BlockSeries.most && Schedule.rounds(of: 2, in: 0) == 0)
        #expect(Schedule([way(.copy), way(.dmabuf)], rounds: 0).isOver == false)
        #expect(play([.copy, .dmabuf], rounds: 0).done.isEmpty)
    }
}
