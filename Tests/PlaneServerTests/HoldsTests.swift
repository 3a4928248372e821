// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CPlaneProtocol
import Planes
import Testing

@testable import PlaneServer

@Suite("What a viewer holds")
struct HoldsTests {
    /// A picture in a buffer of its own, unless it is said which.
    private func picture(_ generation: UInt64, in buffer: UInt64? = nil) -> ToldPicture {
        ToldPicture(
            generation: Generation(generation), buffer: buffer ?? generation, identity: .scripted(buffer ?? generation))
    }

    private func held(_ holds: PlaneHolds) -> [UInt64] { (1...100).filter { holds.generations.contains(Generation($0)) } }

    @Test("is all that it was told and hasn't gone past")
    func told() {
        var holds = PlaneHolds()
        holds.tell(picture(10), in: 1)
        holds.tell(picture(20), in: 2)
        #expect(held(holds) == [10, 20])
        // What it acknowledges is what it commits next.
        holds.acknowledge(1)
        #expect(held(holds) == [10, 20])
        holds.tell(picture(30), in: 3)
        holds.acknowledge(2)
        #expect(held(holds) == [20, 30])
        holds.acknowledge(3)
        #expect(held(holds) == [30])
        // A plane that is off is told, too.
        holds.tell(nil, in: 4)
        holds.acknowledge(4)
        #expect(held(holds).isEmpty)
    }

    @Test("is what it has committed, however long ago, until it releases it")
    func committed() {
        var holds = PlaneHolds()
        for sequence: UInt64 in 1...5 {
            holds.tell(picture(sequence * 10), in: sequence)
            #expect(holds.commit(Generation(sequence * 10)) == picture(sequence * 10))
            holds.acknowledge(sequence)
        }
        #expect(held(holds) == [10, 20, 30, 40, 50])
        holds.release(20)
        holds.release(20)
        holds.release(77)
        #expect(held(holds) == [10, 30, 40, 50])
        #expect(holds.contains(buffer: 10) && !holds.contains(buffer: 20))
        // The last state is told, though its picture is released: it may be committed again.
        holds.release(50)
        #expect(held(holds) == [10, 30, 40, 50])
        #expect(holds.commit(Generation(50)) != nil)
        #expect(holds.lastCommitted == Generation(50))
    }

    @Test("of a buffer that is committed again and again is the last picture, released once")
    func inPlace() {
        var holds = PlaneHolds()
        for sequence: UInt64 in 1...4 {
            holds.tell(picture(sequence, in: 9), in: sequence)
            _ = holds.commit(Generation(sequence))
            holds.acknowledge(sequence)
        }
        #expect(held(holds) == [4])
        holds.tell(nil, in: 5)
        holds.acknowledge(5)
        #expect(holds.contains(buffer: 9))
        holds.release(9)
        #expect(!holds.contains(buffer: 9) && held(holds).isEmpty)
    }

    @Test("is never what it only says that it has committed, skipped or released")
    func lie() {
        var holds = PlaneHolds()
        holds.tell(picture(10), in: 1)
        #expect(holds.commit(Generation(11)) == nil)
        #expect(holds.commit(.none) == nil)
        holds.skip(Generation(11))
        holds.release(10)
        #expect(held(holds) == [10])
        #expect(holds.lastCommitted == .none && holds.lastSkipped == .none)
    }

    @Test("isn't what it has skipped, unless it has committed it before")
    func skipped() {
        var holds = PlaneHolds()
        holds.tell(picture(10), in: 1)
        holds.tell(picture(20), in: 2)
        holds.skip(Generation(20))
        #expect(held(holds) == [10] && holds.lastSkipped == Generation(20))
        #expect(holds.commit(Generation(20)) == nil)
        _ = holds.commit(Generation(10))
        holds.skip(Generation(10))
        #expect(held(holds) == [10])
        holds.release(10)
        #expect(held(holds).isEmpty)
        holds.answer(picture(30))
        holds.skip(Generation(30))
        #expect(held(holds).isEmpty)
    }

    @Test("is what it queried last")
    func asked() {
        var holds = PlaneHolds()
        holds.answer(picture(5))
        holds.answer(picture(6))
        #expect(held(holds) == [6])
        holds.answer(nil)
        #expect(held(holds).isEmpty)
    }

    @Test("never exceeds its room: of too many unreleased buffers the first is given up, and nothing that was told")
    func bounded() {
        var holds = PlaneHolds()
        for sequence: UInt64 in 1...40 {
            holds.tell(picture(sequence), in: sequence)
            if sequence > 2 { holds.acknowledge(sequence - 2) }
            _ = holds.commit(Generation(sequence))
        }
        holds.answer(picture(90))
        #expect(held(holds) == Array(29...40) + [90])
        holds.tell(picture(91), in: 41)
        holds.tell(picture(92), in: 42)
        holds.acknowledge(40)
        #expect(held(holds) == Array(29...40) + [90, 91, 92])
        #expect(PlaneHolds.mostCommitted + Int(PLANE_STATE_WINDOW) + 2 <= HeldGenerations.capacity)
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

    @Test("a client acknowledges by itself when the window is full, and only what both planes show")
    func receivedStates() throws {
        var states = ReceivedStates()
        func receive(_ sequence: UInt64) throws {
            try states.receive(
                plane_state(
                    header: plane_header(of: plane_state.self, PLANE_STATE), sequence: sequence, primary: plane_info(),
                    cursor: plane_info()))
        }
        #expect(states.isEmpty && !states.isUpToDate && !states.mustAcknowledge)
        #expect(throws: ProtocolFault.wrongSequence(2)) { try receive(2) }
        try receive(1)
        #expect(!states.isEmpty && !states.isUpToDate)
        states.settle()
        #expect(states.isUpToDate && !states.mustAcknowledge)
        try receive(2)
        // The second one's memory is on its way.
        #expect(states.mustAcknowledge && states.acknowledge() == 1)
        try receive(3)
        #expect(!states.isUpToDate && !states.mustAcknowledge)
        #expect(throws: ProtocolFault.tooManyStates) { try receive(4) }
        states.settle()
        #expect(states.mustAcknowledge && states.acknowledge() == 3 && !states.mustAcknowledge)
    }

    @Test("a budget lets through what was asked for, and a flood only for a moment")
    func budget() throws {
        var busy = MessageBudget(at: 0)
        for _ in 0..<10_000 {
            // An acknowledgement, and for both planes a request, a commit, a skip and a release.
            busy.wasTold()
            for _ in 0..<9 { try busy.receive(at: 0) }
        }
        var flooding = MessageBudget(at: 0)
        var count = 0
        while (try? flooding.receive(at: 0)) != nil { count += 1 }
        #expect(count == 64)
        try flooding.receive(at: 1_000_000_000)
    }

    @Test("damage is the sum of what came after the committed picture, and everything where that isn't known")
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
        #expect(log.since(Generation(24), upTo: Generation(40)) == rectangle(1))
        #expect(log.since(Generation(23), upTo: Generation(40)) == .everything)
        #expect(log.since(Generation(40), upTo: Generation(40)) == .rectangle(.empty))
    }

    @Test("a buffer keeps its number while it is shown, and a number never means another")
    func names() {
        func identity(_ inode: UInt64) -> BufferIdentity { .scripted(inode) }
        var names = BufferNames()
        #expect(names.name(of: identity(1)) == 1)
        #expect(names.name(of: identity(2)) == 2)
        #expect(names.name(of: identity(1)) == 1)
        for inode: UInt64 in 3...200 { #expect(names.name(of: identity(inode)) == inode) }
        #expect(names.name(of: identity(1)) == 201)
    }
}

extension BufferIdentity {
    /// Memory of this inode with a small picture in it.
    static func scripted(_ inode: UInt64) -> BufferIdentity {
        let claim = LayoutClaim(kind: .primary, width: 4, height: 4, fourcc: 0x3432_5258, stride: 16)
        return BufferIdentity(device: 0, inode: inode, layout: try! claim.validated(length: nil))
    }
}
