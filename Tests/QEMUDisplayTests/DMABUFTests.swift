// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Planes
import QEMUDisplay
import TestSupport
import Testing

/// With memfds in the place of dma-bufs: the machine needn't have any.
@Suite("QEMU's dma-bufs and its waiting for them", .serialized, .timeLimit(.minutes(5)))
struct DMABUFTests {
    @Test("a dma-buf is offered as one, under its file's identity, and announcing it again changes nothing")
    func scanout() throws {
        let world = try World()
        let memory = Memory(64 * 4 * 32), other = Memory(64 * 4 * 32)
        #expect(try world.finish(world.dmabuf(memory)) == .done)
        let first = try #require(try world.info())
        #expect(first.identity.inode == memory.inode && !first.isFlipped)
        let buffer = try world.source.buffer(for: .primary, generation: first.generation)
        #expect(buffer.offer == .dmabuf && buffer.memory == .memfd)
        try world.finish(world.dmabuf(memory))
        #expect(try world.info()?.generation == first.generation)
        try world.finish(world.dmabuf(other))
        #expect(try #require(try world.info()).generation > first.generation)
        try world.finish(world.dmabuf(memory))
        #expect(try world.info()?.identity == first.identity)
    }

    @Test("a flipped buffer says so, and its damage is counted in its own rows")
    func flipped() throws {
        let world = try World()
        let memory = Memory(64 * 4 * 32)
        try world.finish(world.dmabuf(memory, isFlipped: true))
        let info = try #require(try world.info())
        #expect(info.isFlipped)
        world.source.committed(.primary, generation: info.generation)
        world.peer.call("UpdateDMABUF", .i(1), .i(0), .i(5), .i(2))
        #expect(try world.loop.runUntil { (try? world.info()?.generation) != info.generation })
        #expect(try world.info()?.damage == .rectangle(PixelRectangle(x: 1, y: 30, width: 5, height: 2)))
    }

    @Test("the reply to an update waits for the frame to be taken, and no longer")
    func backPressure() throws {
        let world = try World()
        let memory = Memory(64 * 4 * 32)
        try world.finish(world.dmabuf(memory))
        let before = try #require(try world.info()).generation
        let update = world.peer.call("UpdateDMABUF", .i(0), .i(0), .i(64), .i(32))
        try world.loop.runForAMoment()
        #expect(update.outcome == .pending)
        world.source.committed(.primary, generation: before)
        try world.loop.settle()
        #expect(update.outcome == .pending)
        world.source.committed(.primary, generation: try #require(try world.info()).generation)
        try world.loop.settle()
        #expect(update.outcome == .done)
    }

    @Test("a frame that nobody takes is answered before QEMU's second is over")
    func timeout() throws {
        #expect(QEMUDisplay.longestHold < 990_000_000)
        let world = try World()
        let memory = Memory(64 * 4 * 32)
        try world.finish(world.dmabuf(memory))
        // The second call finds the timer armed for the first.
        for _ in 0..<2 {
            let start = EventLoop.now()
            let update = world.peer.call("UpdateDMABUF", .i(0), .i(0), .i(64), .i(32))
            #expect(try world.finish(update) == .done)
            #expect(update.cameAt >= start + QEMUDisplay.longestHold)
        }
        let early = world.peer.call("UpdateDMABUF", .i(0), .i(0), .i(64), .i(32))
        try world.loop.run(for: 0.5)
        world.source.committed(.primary, generation: try #require(try world.info()).generation)
        #expect(try world.finish(early) == .done)
        let start = EventLoop.now()
        let late = world.peer.call("UpdateDMABUF", .i(0), .i(0), .i(64), .i(32))
        #expect(try world.finish(late) == .done)
        #expect(late.cameAt >= start + QEMUDisplay.longestHold)
    }

    @Test("a newer update, another scanout and Disable each send the reply that was held")
    func superseded() throws {
        let world = try World()
        let memory = Memory(64 * 4 * 32), other = Memory(64 * 4 * 32)
        try world.finish(world.dmabuf(memory))
        func update() -> ScriptedQEMU.Reply { world.peer.call("UpdateDMABUF", .i(0), .i(0), .i(64), .i(32)) }
        let first = update()
        let second = update()
        try world.loop.settle()
        #expect(first.outcome == .done && second.outcome == .pending)
        world.dmabuf(other)
        try world.loop.settle()
        #expect(second.outcome == .done)
        let third = update()
        world.peer.call("Disable")
        try world.loop.settle()
        #expect(third.outcome == .done)
    }

    @Test("updates that show nothing, or come without a scanout, are answered at once")
    func updateOfNothing() throws {
        let world = try World()
        func answer(_ update: ScriptedQEMU.Reply) throws -> ScriptedQEMU.Reply.Outcome {
            try world.loop.settle()
            return update.outcome
        }
        #expect(try answer(world.peer.call("UpdateDMABUF", .i(0), .i(0), .i(1), .i(1))) == .done)
        let memory = Memory(64 * 4 * 32)
        try world.finish(world.dmabuf(memory))
        #expect(try answer(world.peer.call("UpdateDMABUF", .i(64), .i(0), .i(1), .i(1))) == .done)
    }

    @Test("Disable turns the plane off, and virtio-gpu's update behind it on again")
    func disable() throws {
        let world = try World()
        let memory = Memory(64 * 4 * 32)
        try world.finish(world.dmabuf(memory))
        let shown = try #require(try world.info())
        world.peer.call("Disable")
        #expect(try world.loop.runUntil { !world.isShowing() })
        #expect(throws: PlaneError.self) { _ = try world.source.buffer(for: .primary, generation: shown.generation) }
        world.peer.call("UpdateDMABUF", .i(0), .i(0), .i(1), .i(1))
        #expect(try world.loop.runUntil { world.isShowing() })
        let again = try #require(try world.info())
        #expect(again.generation > shown.generation && again.identity == shown.identity && again.damage == .everything)
    }

    @Test("Disable between a flip's scanout and its update doesn't flash")
    func disableInAFlip() throws {
        let world = try World()
        let memory = Memory(64 * 4 * 32), other = Memory(64 * 4 * 32)
        try world.finish(world.dmabuf(memory))
        try world.finish(world.dmabuf(other))
        let start = EventLoop.now()
        try world.finish(world.peer.call("Disable"))
        try world.loop.run(for: 0.01)
        let isShowing = world.isShowing()
        // On a machine so busy that the delay is over by now, there is nothing to be seen.
        if EventLoop.now() - start < 45_000_000 { #expect(isShowing) }
        world.peer.call("UpdateDMABUF", .i(0), .i(0), .i(1), .i(1))
        try world.loop.run(for: 0.15)
        #expect(try world.info()?.identity.inode == other.inode)
    }

    @Test("a flip whose scanout QEMU's own Disable has taken back is counted, and said once; what is shown goes on")
    func lostFlip() throws {
        let log = CountingLog(), world = try World(logger: log.logger)
        func flip(losing isLost: Bool, to memory: Memory) throws {
            if isLost { world.peer.takeBackOne() } else { try world.finish(world.dmabuf(memory)) }
            world.peer.call("Disable")
            let update = world.peer.call("UpdateDMABUF", .i(0), .i(0), .i(64), .i(32))
            try world.loop.settle()
            #expect(update.outcome == .pending)
            world.source.committed(.primary, generation: try #require(try world.info()).generation)
            #expect(try world.finish(update) == .done)
        }
        let memory = Memory(64 * 4 * 32), other = Memory(64 * 4 * 32)
        try world.finish(world.dmabuf(memory))
        try flip(losing: false, to: other)
        #expect(world.source.counts.lost == 0 && log.messages.isEmpty)
        for _ in 0..<2 { try flip(losing: true, to: memory) }
        #expect(world.source.counts.lost == 2)
        #expect(try world.info()?.identity.inode == other.inode)
        #expect(log.messages.count == 1 && log.messages[0].hasPrefix("QEMU scripted loses buffers that its guest flips to"))
        world.peer.call("UpdateDMABUF", .i(0), .i(0), .i(64), .i(32))
        try world.loop.settle()
        #expect(world.source.counts.lost == 2)
        // An update that QEMU took back is none of these: a scanout comes before the next one.
        for shown in [other, memory] {
            world.peer.takeBackOne()
            world.peer.call("Disable")
            try world.finish(world.dmabuf(shown))
            world.peer.call("UpdateDMABUF", .i(0), .i(0), .i(64), .i(32))
            try world.loop.settle()
        }
        #expect(world.source.counts.lost == 2 && log.messages.count == 1)
    }
}
