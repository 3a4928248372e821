// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Glibc
import Planes
import TestSupport
import Testing
import VFIOPlanes

@Suite("Planes that are dma-bufs")
struct DMABUFTests {
    typealias Plane = ScriptedDevice.Plane

    let world: World
    let device: ScriptedDevice

    init() throws {
        world = try World()
        device = world.device
    }

    @Test("are told as the device says them, and given on as they are")
    func plain() throws {
        let memory = Memory(80 * 4 * 48)
        device.buffers = [7: memory]
        // i915 tells of the primary plane where its pixels begin.
        device.show(Plane(id: 7, width: 79, height: 48, stride: 320, x: 5, y: 6, hotX: 1, hotY: 1))
        let info = try world.shown()
        let layout = info.identity.layout
        #expect(layout.size == PixelSize(width: 79, height: 48) && layout.strides[0] == 320 && layout.offsets[0] == 0)
        #expect(layout.format == .xrgb8888 && layout.modifier == .linear)
        #expect(info.identity.inode == memory.inode)
        #expect(info.position == .zero && info.hotSpot == nil && !info.isFlipped)
        let buffer = try world.source.buffer(for: .primary, generation: info.generation)
        #expect(buffer.identity == info.identity && buffer.memory == .memfd && buffer.descriptorCount == 1)
        #expect(fcntl(buffer.descriptor(plane: 0), F_GETFD) == FD_CLOEXEC)
        #expect(world.source.bytesCopied == 0)
    }

    @Test("that stand still are asked for once, however often they are queried")
    func once() throws {
        device.buffers = [1: Memory()]
        device.show(Plane())
        let first = try world.shown()
        for _ in 0..<10 {
            #expect(try world.shown().generation == first.generation)
            _ = try world.buffer()
        }
        #expect(device.gets == [1])
        #expect(device.queries[.primary] == 21)
    }

    @Test("of a guest that flips are asked for once each, and each flip is a new generation")
    func flip() throws {
        let front = Memory(), back = Memory()
        device.buffers = [1: front, 2: back]
        var last = Generation.none
        for flip in 0..<20 {
            device.show(Plane(id: flip % 2 == 0 ? 1 : 2))
            let info = try world.present()
            #expect(info.generation > last && info.damage == .everything)
            #expect(info.identity.inode == (flip % 2 == 0 ? front : back).inode)
            last = info.generation
        }
        #expect(device.gets == [1, 2])
    }

    /// i915 gives one id with another stride.
    @Test(
        "are other memory where an id comes with another layout",
        arguments: [
            Plane(id: 1, stride: 512), Plane(id: 1, width: 32, stride: 256), Plane(id: 1, height: 16),
            Plane(id: 1, fourcc: PixelFormat.argb8888.fourcc), Plane(id: 1, modifier: 0x0100_0000_0000_0001),
        ])
    func otherLayout(_ other: Plane) throws {
        device.buffers = [1: Memory(512 * 32)]
        device.show(Plane(id: 1))
        let first = try world.shown()
        device.show(other)
        let second = try world.shown()
        #expect(second.generation > first.generation && second.identity != first.identity)
        #expect(device.gets == [1, 1])
        device.show(Plane(id: 1))
        let third = try world.shown()
        #expect(third.generation > second.generation && third.identity == first.identity)
        #expect(device.gets == [1, 1])
    }

    @Test("that are taken for another generation are stale")
    func stale() throws {
        device.buffers = [1: Memory(), 2: Memory()]
        device.show(Plane(id: 1))
        let first = try world.shown().generation
        device.show(Plane(id: 2))
        let second = try world.shown().generation
        do throws(PlaneError) {
            _ = try world.source.buffer(for: .primary, generation: first)
            Issue.record("the first generation is gone")
        } catch {
            guard case .stale(let asked, let current) = error else { throw error }
            #expect(asked == first && current == second)
        }
    }

    @Test("change when the buffer changes, at the time of the query that finds it")
    func changedAt() throws {
        device.buffers = [1: Memory()]
        device.show(Plane())
        #expect(try world.shown().changedAt == world.time)
        let then = world.time
        world.time += 16_000_000
        #expect(try world.shown().changedAt == then)
    }

    @Test("are off without a format, without a size, and where the driver writes nothing; on again is a new picture")
    func off() throws {
        device.buffers = [1: Memory()]
        device.show(Plane())
        var last = try world.present().generation
        let offs: [ScriptedDevice.Answer] = [.plane(Plane(fourcc: 0)), .plane(Plane(size: 0)), .untouched]
        for off in offs {
            device.script(.primary, off)
            #expect(try world.info() == nil)
            #expect(throws: PlaneError.self) { _ = try world.source.buffer(for: .primary, generation: last) }
            device.show(Plane())
            let info = try world.present()
            #expect(info.generation > last && info.damage == .everything)
            last = info.generation
        }
        #expect(device.gets == [1])
    }

    @Test("with the damage policy of a refresh are new at every query of the primary, and only of that one")
    func refresh() throws {
        let world = try World(damage: .refresh)
        world.device.buffers = [1: Memory(), 2: Memory()]
        world.device.show(Plane(id: 1))
        world.device.show(Plane(id: 2, width: 32, height: 32), as: .cursor)
        let first = try world.present(), cursor = try world.shown(.cursor)
        for step in 1...5 as ClosedRange<UInt64> {
            world.time += 16_000_000
            let info = try world.present()
            #expect(info.generation.rawValue == first.generation.rawValue + step && info.identity == first.identity)
            #expect(info.damage == .everything && info.changedAt == world.time)
            #expect(try world.shown(.cursor).generation == cursor.generation)
        }
        #expect(world.device.gets == [1, 2])
    }

    @Test("that nobody shows any more are let go beyond sixteen, the least recently shown first")
    func bounded() throws {
        let memories = (0..<40).map { _ in Memory() }
        for (index, memory) in memories.enumerated() {
            device.buffers[UInt32(index)] = memory
            device.show(Plane(id: UInt32(index)))
            _ = try world.shown()
        }
        #expect(memories.map(\.descriptorsGivenAway) == .init(repeating: 0, count: 24) + .init(repeating: 1, count: 16))
        device.show(Plane(id: 39))
        _ = try world.shown()
        #expect(device.gets.count == 40)
    }

    @Test("that stay on screen while the cursor changes its memory often are not let go")
    func shownStays() throws {
        let screen = Memory()
        device.buffers[1000] = screen
        device.show(Plane(id: 1000))
        let first = try world.shown()
        for index in 0..<40 as Range<UInt32> {
            device.buffers[index] = Memory()
            device.show(Plane(id: index), as: .cursor)
            _ = try world.shown(.cursor)
        }
        #expect(screen.descriptorsGivenAway == 1)
        #expect(try world.shown().generation == first.generation)
        _ = try world.source.buffer(for: .primary, generation: first.generation)
        #expect(device.gets.count { $0 == 1000 } == 1)
    }

    /// i915 gives an id out again once its dma-buf is closed.
    @Test("are asked for anew where their id was let go and means other memory now")
    func reusedID() throws {
        let old = Memory()
        device.buffers[1] = old
        device.show(Plane(id: 1))
        let first = try world.shown()
        for id in 100..<120 as Range<UInt32> {
            device.buffers[id] = Memory()
            device.show(Plane(id: id))
            _ = try world.shown()
        }
        #expect(old.descriptorsGivenAway == 0)
        let new = Memory()
        device.buffers[1] = new
        device.show(Plane(id: 1))
        let again = try world.shown()
        #expect(again.identity.inode == new.inode && again.identity != first.identity)
        #expect(device.gets.count { $0 == 1 } == 2)
    }

    @Test("are all closed with the source; what was handed out stays its owner's")
    func closed() throws {
        let screen = Memory(), cursor = Memory()
        device.buffers = [1: screen, 2: cursor]
        device.show(Plane(id: 1))
        device.show(Plane(id: 2), as: .cursor)
        let buffer = try world.buffer()
        _ = try world.shown(.cursor)
        #expect(screen.descriptorsGivenAway == 2 && cursor.descriptorsGivenAway == 1)
        world.source.close()
        #expect(screen.descriptorsGivenAway == 1 && cursor.descriptorsGivenAway == 0)
        #expect(buffer.layout.size == PixelSize(width: 64, height: 32))
        #expect(world.failure()?.isEnd == true)
        try world.loop.runForAMoment()
        #expect(world.ends.isEmpty)
    }
}
