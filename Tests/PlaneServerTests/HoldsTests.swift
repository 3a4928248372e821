// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import Testing

@testable import PlaneServer

@Suite("What a viewer holds")
struct HoldsTests {
    private func held(_ numbers: UInt64...) -> HeldGenerations { HeldGenerations(numbers.map { Generation($0) }) }

    private func same(_ left: HeldGenerations, _ right: HeldGenerations) -> Bool {
        left.count == right.count && (1...100).allSatisfy { left.contains(Generation($0)) == right.contains(Generation($0)) }
    }

    @Test("is all that it was told and hasn't gone past")
    func told() {
        var holds = PlaneHolds()
        holds.tell(Generation(10), in: 1)
        holds.tell(Generation(20), in: 2)
        #expect(same(holds.generations, held(10, 20)))
        // What it acknowledges is what it commits next.
        holds.acknowledge(1)
        #expect(same(holds.generations, held(10, 20)))
        holds.tell(Generation(30), in: 3)
        holds.acknowledge(2)
        #expect(same(holds.generations, held(20, 30)))
        holds.acknowledge(3)
        #expect(same(holds.generations, held(30)))
    }

    @Test("is the last two that it took, also when it has gone past them")
    func taken() {
        var holds = PlaneHolds()
        for sequence: UInt64 in 1...4 {
            holds.tell(Generation(sequence * 10), in: sequence)
            holds.take(Generation(sequence * 10))
            holds.take(Generation(sequence * 10))
            holds.acknowledge(sequence)
        }
        #expect(same(holds.generations, held(30, 40)))
        holds.tell(Generation(50), in: 5)
        holds.acknowledge(5)
        #expect(same(holds.generations, held(30, 40, 50)))
    }

    @Test("is never what it only says that it took")
    func lie() {
        var holds = PlaneHolds()
        holds.tell(Generation(10), in: 1)
        holds.take(Generation(11))
        holds.take(.none)
        #expect(same(holds.generations, held(10)))
    }

    @Test("is what it queried last")
    func asked() {
        var holds = PlaneHolds()
        holds.answer(Generation(5))
        holds.answer(Generation(6))
        #expect(same(holds.generations, held(6)))
    }

    @Test("never exceeds its room, whatever it says")
    func bounded() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            var holds = PlaneHolds(), window = StateWindow(size: 2), generation: UInt64 = 0
            for _ in 0..<300 {
                generation += 1
                switch UInt8.random(in: 0..<4, using: &random) {
                case 0: if window.isOpen { holds.tell(Generation(generation), in: window.send()) }
                case 1:
                    let sequence = UInt64.random(in: 0...window.sent + 1, using: &random)
                    if (try? window.acknowledge(sequence)) != nil { holds.acknowledge(sequence) }
                case 2: holds.answer(Generation(generation))
                default: holds.take(Generation(UInt64.random(in: 0...generation, using: &random)))
                }
                #expect(holds.generations.count <= 6)
            }
        }
    }

    @Test("the window opens with an acknowledgement, and only for what was sent")
    func window() throws {
        var window = StateWindow(size: 2)
        #expect(throws: ProtocolFault.wrongSequence(1)) { try window.acknowledge(1) }
        #expect(window.isOpen && window.send() == 1)
        #expect(window.isOpen && window.send() == 2)
        #expect(!window.isOpen)
        #expect(throws: ProtocolFault.wrongSequence(3)) { try window.acknowledge(3) }
        #expect(throws: ProtocolFault.wrongSequence(0)) { try window.acknowledge(0) }
        try window.acknowledge(2)
        try window.acknowledge(1)
        #expect(window.acknowledged == 2 && window.isOpen)
    }

    @Test("a budget lets through what was asked for, and a flood only for a moment")
    func budget() throws {
        var busy = MessageBudget(at: 0)
        for _ in 0..<10_000 {
            busy.wasTold()
            for _ in 0..<5 { try busy.receive(at: 0) }
        }
        var flooding = MessageBudget(at: 0)
        var count = 0
        while (try? flooding.receive(at: 0)) != nil { count += 1 }
        #expect(count == 64)
        try flooding.receive(at: 1_000_000_000)
    }

    @Test("damage is the sum of what came after the picture taken, and everything where that isn't known")
    func damage() {
        var log = DamageLog()
        func rectangle(_ x: Int32) -> Damage { .rectangle(PixelRectangle(x: x, y: 0, width: 1, height: 1)) }
        log.record(Generation(1), .everything)
        log.record(Generation(4), rectangle(4))
        log.record(Generation(6), rectangle(6))
        #expect(log.since(.none, upTo: Generation(6)) == .everything)
        #expect(log.since(Generation(1), upTo: Generation(6)) == .rectangle(PixelRectangle(x: 4, y: 0, width: 3, height: 1)))
        #expect(log.since(Generation(4), upTo: Generation(6)) == rectangle(6))
        #expect(log.since(Generation(7), upTo: Generation(6)) == .everything)
        for generation: UInt64 in 7...40 { log.record(Generation(generation), rectangle(1)) }
        #expect(log.since(Generation(6), upTo: Generation(40)) == .everything)
        #expect(log.since(Generation(30), upTo: Generation(40)) == rectangle(1))
    }

    @Test("a buffer keeps its number while it is shown, and a number never means another")
    func names() throws {
        let layout = try LayoutClaim(kind: .primary, width: 4, height: 4, fourcc: 0x3432_5258, stride: 16).validated(length: nil)
        func identity(_ inode: UInt64) -> BufferIdentity { BufferIdentity(device: 0, inode: inode, layout: layout) }
        var names = BufferNames()
        #expect(names.name(of: identity(1)) == 1)
        #expect(names.name(of: identity(2)) == 2)
        #expect(names.name(of: identity(1)) == 1)
        for inode: UInt64 in 3...200 { #expect(names.name(of: identity(inode)) == inode) }
        #expect(names.name(of: identity(1)) == 201)
    }
}
