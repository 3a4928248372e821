// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Glibc
import Planes
import System
import TestSupport
import Testing
import VFIOPlanes

@Suite("A driver that fails")
struct FaultTests {
    typealias Plane = ScriptedDevice.Plane

    let world: World
    let device: ScriptedDevice

    init() throws {
        world = try World()
        device = world.device
        device.buffers = [1: Memory(), 2: Memory()]
    }

    /// mbochs, at the first query of every new mode.
    @Test("with ENOMEM is asked again at the next query, and nothing is lost")
    func shortOfMemory() throws {
        device.show(Plane(id: 1))
        let first = try world.present()
        device.script(.primary, .refused(ENOMEM), .plane(Plane(id: 2)))
        #expect(world.failure()?.temporaryCode == ENOMEM)
        #expect(world.ends.isEmpty)
        let second = try world.shown()
        #expect(second.generation == first.generation.next)
        #expect(device.queries[.primary] == 3)
    }

    @Test("at the very first query has no picture to hold", arguments: [ENOMEM, EINVAL, EFAULT, EIO])
    func atOnce(code: CInt) throws {
        device.script(.primary, .refused(code))
        #expect(world.failure()?.temporaryCode == code)
    }

    @Test("is left alone for a while, and its last picture stays", arguments: [EINVAL, EFAULT, EIO, EPERM, EBUSY])
    func pause(code: CInt) throws {
        device.show(Plane(id: 1))
        let first = try world.present()
        device.script(.primary, .refused(code))
        let queries = device.queries[.primary]!
        for _ in 0..<5 {
            let info = try world.shown()
            #expect(info.generation == first.generation && info.identity == first.identity)
            _ = try world.source.buffer(for: .primary, generation: info.generation)
        }
        #expect(device.queries[.primary] == queries + 1)
        #expect(world.ends.isEmpty)
        let warnings = world.log.messages.filter { $0.contains("can't be read") }
        let reason = Errno(code: code).text
        #expect(
            warnings == [
                "vfio:scripted: the primary plane can't be read: VFIO_DEVICE_QUERY_GFX_PLANE: \(reason): its last picture stays"
            ])
    }

    @Test("is tried again after a tenth of a second, then after twice as long each time, up to two seconds; told of once")
    func doubling() throws {
        /// Looks every 100 ms; the times of those looks, in tenths of a second, at which the driver was asked.
        func asked(during tenths: Int) -> [Int] {
            var times: [Int] = []
            for tenth in 0..<tenths {
                let before = device.queries[.primary]!
                _ = try? world.source.query(.primary)
                if device.queries[.primary]! != before { times.append(tenth) }
                world.time += 100_000_000
            }
            return times
        }
        device.script(.primary, .refused(EIO))
        #expect(asked(during: 80) == [0, 1, 3, 7, 15, 31, 51, 71])
        #expect(world.log.messages.count { $0.contains("can't be read") } == 1)
        device.show(Plane(id: 1))
        #expect(asked(during: 15) == [11, 12, 13, 14])
        device.script(.primary, .refused(EIO))
        #expect(asked(during: 4) == [0, 1, 3])
        #expect(world.log.messages.count { $0.contains("can't be read") } == 2)
    }

    @Test("on one plane is asked of the other as before")
    func otherPlane() throws {
        device.show(Plane(id: 1))
        device.script(.cursor, .refused(EINVAL))
        #expect(world.failure(.cursor)?.temporaryCode == EINVAL)
        for _ in 0..<3 { _ = try world.shown() }
        #expect(device.queries == [.primary: 3, .cursor: 1])
    }

    @Test("and doesn't know the buffer it named is queried again at once", arguments: [ENOENT, EINVAL])
    func staleBetween(code: CInt) throws {
        device.script(.primary, .plane(Plane(id: 1)), .plane(Plane(id: 2)))
        device.bufferErrors = [code]
        let info = try world.shown()
        #expect(info.identity.inode == device.buffers[2]!.inode)
        #expect(device.gets == [1, 2] && device.queries[.primary] == 2)
    }

    @Test("and goes off between query and get is off")
    func offBetween() throws {
        device.script(.primary, .plane(Plane(id: 9)), .untouched)
        #expect(try world.info() == nil)
    }

    @Test("and moves on faster than it can be asked is stale, and soon right")
    func movedOn() throws {
        device.show(Plane(id: 1))
        let first = try world.present()
        var id: UInt32 = 10
        device.onGet = { [unowned device] in
            id += 1
            device.show(Plane(id: id))
        }
        device.show(Plane(id: id))
        #expect(world.failure()?.isStale == true)
        #expect(device.gets == [1, 10, 11, 12])
        _ = try world.source.buffer(for: .primary, generation: first.generation)
        device.onGet = nil
        device.show(Plane(id: 2))
        #expect(try world.shown().generation > first.generation)
    }

    /// mbochs can't give out a frame that isn't page-aligned, and names it all the same.
    @Test("and never gives out a buffer it names keeps its last picture, is seldom asked for that one, and at once for another")
    func refusedBuffer() throws {
        device.show(Plane(id: 1))
        let first = try world.present()
        device.show(Plane(id: 9))
        device.bufferErrors = .init(repeating: EINVAL, count: 10)
        for _ in 0..<5 { #expect(try world.shown().generation == first.generation) }
        #expect(device.gets == [1, 9])
        #expect(world.log.messages.contains { $0.contains("doesn't give out the buffer that it names") })
        device.bufferErrors = []
        device.show(Plane(id: 2))
        #expect(try world.shown().identity.inode == device.buffers[2]!.inode)
    }

    @Test("to give out a buffer for want of something is asked again at the next query", arguments: [ENOMEM, EMFILE, ENFILE])
    func getLater(code: CInt) throws {
        device.show(Plane(id: 1))
        device.bufferErrors = [code]
        #expect(world.failure()?.temporaryCode == code)
        _ = try world.shown()
        #expect(device.gets == [1, 1])
    }

    @Test("with a device that is gone ends the source: later, once, and nothing stays open", arguments: [ENODEV, EBADF, ENXIO])
    func gone(code: CInt) throws {
        let memory = device.buffers[1]!
        device.show(Plane(id: 1))
        _ = try world.present()
        device.script(.primary, .refused(code))
        #expect(world.failure()?.isEnd == true)
        #expect(world.ends.isEmpty, "never from inside a call")
        #expect(memory.descriptorsGivenAway == 0)
        #expect(world.failure(.cursor)?.isEnd == true)
        #expect(try world.loop.runUntil { !world.ends.isEmpty })
        try world.loop.runForAMoment()
        let reason = Errno(code: code).text
        #expect(
            world.ends.map(\.message) == [
                "vfio:scripted has gone (VFIO_DEVICE_QUERY_GFX_PLANE: \(reason)): see whether its VM runs, and open it again"
            ])
        #expect(world.ends[0].reason == .unavailable)
        #expect(device.queries == [.primary: 2, .cursor: 0])
    }

    @Test("with a device that goes between query and get ends the source")
    func goneAtGet() throws {
        device.show(Plane(id: 1))
        device.bufferErrors = [ENODEV]
        #expect(world.failure()?.isEnd == true)
        #expect(try world.loop.runUntil { !world.ends.isEmpty })
    }

    @Test("with ENOTTY was never one with planes")
    func unsupported() throws {
        device.script(.primary, .refused(ENOTTY))
        #expect(world.failure()?.isEnd == true)
        #expect(try world.loop.runUntil { !world.ends.isEmpty })
        #expect(
            world.ends.map(\.message) == [
                "vfio:scripted has no display: its driver doesn't know VFIO_DEVICE_QUERY_GFX_PLANE: use another"
            ])
    }

    @Test("with whatever it likes for the cursor alone doesn't end anything", arguments: [ENODEV, ENOTTY, ENXIO])
    func noCursor(code: CInt) throws {
        device.show(Plane(id: 1))
        device.script(.cursor, .refused(code))
        for _ in 0..<3 {
            #expect(world.failure(.cursor)?.temporaryCode == code)
            _ = try world.shown()
        }
        #expect(device.queries[.cursor] == 1)
    }

    @Test("before there is a delegate tells the one that comes")
    func lateDelegate() throws {
        world.source.delegate = nil
        device.script(.primary, .refused(ENODEV))
        _ = world.failure()
        try world.loop.runForAMoment()
        world.source.delegate = world
        #expect(try world.loop.runUntil { world.ends.count == 1 })
    }

    @Test("and is closed before its end was told tells nobody")
    func closedFirst() throws {
        device.script(.primary, .refused(ENODEV))
        _ = world.failure()
        world.source.close()
        try world.loop.runForAMoment()
        #expect(world.ends.isEmpty)
    }
}
