// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Testing

@testable import Planes

@Suite("Input that waits for a slow QEMU")
struct InputQueueTests {
    private static let a = ScanCode(KeyCode(rawValue: 30))!

    /// A queue with as many unanswered calls as QEMU may owe answers for.
    private func full() -> InputQueue {
        var queue = InputQueue()
        for step in 0..<InputQueue.mostUnanswered {
            queue.add(.place(x: UInt32(step), y: 0))
            #expect(queue.next() == .place(x: UInt32(step), y: 0))
        }
        return queue
    }

    /// All waiting events, as sent while QEMU answers each of them.
    private func drain(_ queue: inout InputQueue) -> [InputEvent] {
        var calls: [InputEvent] = []
        while queue.unanswered > 0 {
            queue.answered()
            while let call = queue.next() { calls.append(call) }
        }
        return calls
    }

    @Test("is sent at once while QEMU answers; after that, each event waits for an answer")
    func limit() {
        var queue = full()
        queue.add(.key(Self.a, isDown: true))
        queue.add(.key(Self.a, isDown: false))
        #expect(queue.next() == nil)
        queue.answered()
        #expect(queue.next() == .key(Self.a, isDown: true))
        #expect(queue.next() == nil)
        queue.answered()
        #expect(queue.next() == .key(Self.a, isDown: false))
    }

    @Test("waiting motion is merged: the last position, the sum of steps, each finger's last position")
    func merging() {
        var queue = full()
        for step in UInt32(1)...100 { queue.add(.place(x: step, y: step)) }
        queue.add(.button(.left, isDown: true))
        for _ in 0..<100 { queue.add(.motion(x: 2, y: -1)) }
        queue.add(.motion(x: .max, y: .min))
        queue.add(.touch(.update, slot: 0, x: 1, y: 1))
        queue.add(.touch(.update, slot: 0, x: 2, y: 2))
        queue.add(.touch(.update, slot: 1, x: 3, y: 3))
        #expect(
            drain(&queue) == [
                .place(x: 100, y: 100), .button(.left, isDown: true), .motion(x: .max, y: .min),
                .touch(.update, slot: 0, x: 2, y: 2), .touch(.update, slot: 1, x: 3, y: 3),
            ])
    }

    @Test("a click keeps its place between the motions around it")
    func order() {
        var queue = full()
        queue.add(.place(x: 1, y: 1))
        queue.add(.button(.left, isDown: true))
        queue.add(.place(x: 2, y: 2))
        queue.add(.button(.left, isDown: false))
        queue.add(.place(x: 3, y: 3))
        #expect(
            drain(&queue) == [
                .place(x: 1, y: 1), .button(.left, isDown: true), .place(x: 2, y: 2), .button(.left, isDown: false),
                .place(x: 3, y: 3),
            ])
    }

    @Test("a stopped QEMU costs little memory however long it is stopped; motion is dropped first, and nothing stays down")
    func stopped() {
        var queue = full()
        queue.add(.key(Self.a, isDown: true))
        // Wheel steps with motion between them, so that no events can be merged.
        for step in UInt32(0)..<10_000 {
            queue.add(.place(x: step, y: 0))
            queue.add(.button(.wheelUp, isDown: true))
            queue.add(.button(.wheelUp, isDown: false))
            #expect(queue.waiting.count <= InputQueue.mostWaiting + PointerButton.allCases.count)
        }
        queue.add(.key(Self.a, isDown: false))
        let calls = drain(&queue)
        #expect(calls.first == .key(Self.a, isDown: true) && calls.last == .key(Self.a, isDown: false))
        #expect(!calls.contains { if case .place = $0 { true } else { false } })
        let ups = calls.count { $0 == .button(.wheelUp, isDown: false) }
        #expect(ups > 20 && ups == calls.count { $0 == .button(.wheelUp, isDown: true) })
    }

    @Test("a further press of a key that is down is a repeat, and goes only while nothing is unanswered")
    func repeats() {
        var queue = InputQueue()
        let press = InputEvent.key(Self.a, isDown: true)
        queue.add(press)
        queue.add(press)
        #expect(queue.next() == press && queue.next() == nil)
        queue.add(press)
        #expect(queue.next() == nil)
        queue.answered()
        #expect(queue.next() == nil)
        queue.add(press)
        queue.add(press)
        #expect(queue.next() == press && queue.next() == nil)
        // The release isn't kept back, and comes once.
        queue.add(.key(Self.a, isDown: false))
        #expect(queue.next() == .key(Self.a, isDown: false) && queue.next() == nil)
        #expect(queue.finish() == [])
    }

    @Test("a QEMU that is stopped while a key repeats finds no repeats when it goes on")
    func stoppedRepeats() {
        var queue = full()
        for _ in 0..<10_000 { queue.add(.key(Self.a, isDown: true)) }
        queue.add(.key(Self.a, isDown: false))
        #expect(drain(&queue) == [.key(Self.a, isDown: true), .key(Self.a, isDown: false)])
    }

    @Test("buttons and fingers that are down aren't pressed again")
    func noRepeats() {
        var queue = InputQueue()
        for press in [InputEvent.button(.left, isDown: true), .touch(.begin, slot: 0, x: 0, y: 0)] {
            queue.add(press)
            #expect(queue.next() == press)
            queue.answered()
            queue.add(press)
            #expect(queue.next() == nil)
        }
    }

    @Test("a dropped press has no release, and the next press of the same key counts as new")
    func lost() {
        var queue = full()
        let keys = (UInt32(1)...70).map { ScanCode(KeyCode(rawValue: $0))! }
        for key in keys { queue.add(.key(key, isDown: true)) }
        for key in keys { queue.add(.key(key, isDown: false)) }
        let kept = keys.prefix(InputQueue.mostWaiting)
        #expect(drain(&queue) == kept.map { .key($0, isDown: true) } + kept.map { .key($0, isDown: false) })
        queue.add(.key(keys[69], isDown: true))
        #expect(queue.next() == .key(keys[69], isDown: true))
    }

    @Test("at the end everything that is down is released once, and nothing waits")
    func finish() {
        var queue = full()
        queue.add(.key(Self.a, isDown: true))
        queue.add(.touch(.begin, slot: 2, x: 5, y: 6))
        queue.add(.place(x: 1, y: 1))
        let calls = queue.finish()
        #expect(calls.count == 2 && queue.waiting.isEmpty && queue.finish().isEmpty)
        #expect(calls.contains(.key(Self.a, isDown: false)))
        #expect(calls.contains(.touch(.cancel, slot: 2, x: 0, y: 0)))
    }

    @Test("when the guest no longer takes a kind of motion, that kind alone is dropped")
    func dropMotion() {
        var queue = full()
        queue.add(.place(x: 1, y: 1))
        queue.add(.button(.left, isDown: true))
        queue.add(.place(x: 2, y: 2))
        queue.dropMotion()
        #expect(drain(&queue) == [.button(.left, isDown: true)])
    }
}
