// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Glibc
import Planes
import TestSupport
import Testing
import VFIOPlanes

@Suite("A region")
struct RegionFaultTests {
    typealias Plane = ScriptedDevice.Plane

    let memory = Memory()
    let world: World
    let device: ScriptedDevice

    init() throws {
        device = RegionTests.device(memory)
        world = try World(device)
    }

    @Test("that is longer than its region is refused, and its region isn't looked at all the time")
    func short() throws {
        let first = try world.present()
        device.show(Plane(id: 2, height: 33))
        for _ in 0..<5 {
            #expect(world.failure()?.fault == .tooShort(plane: 0, length: 8192, needed: 8448))
        }
        #expect(device.regionLooks == [2, 2])
        _ = try world.source.buffer(for: .primary, generation: first.generation)
    }

    @Test("in a driver's tiles is refused")
    func tiled() throws {
        let modifier = Modifier(rawValue: 0x0100_0000_0000_0001)
        device.show(Plane(id: 2, modifier: modifier.rawValue))
        #expect(world.failure()?.fault == .notLinear(modifier: modifier))
    }

    /// The mapping stays and what was behind it goes: a load of ours from it would be a SIGBUS.
    @Test("whose memory goes away under its mapping stays as it was, and comes back", arguments: [EIO, nil])
    func vanishes(readError: CInt?) throws {
        memory.fill(row: 0, with: 7)
        let first = try world.present()
        memory.resize(to: 0)
        device.regions[2]!.size = 8192
        device.regions[2]!.readError = readError
        for _ in 0..<3 {
            let info = try world.shown()
            #expect(info.generation == first.generation)
            #expect(try world.bytes()[0] == 7)
        }
        #expect(device.reads == 1)
        #expect(world.log.messages.contains { $0.contains("can't be read: pread: Input/output error") })
        memory.resize(to: 8192)
        device.regions[2]!.readError = nil
        world.time += 100_000_000
        #expect(try world.present().generation > first.generation)
        #expect(device.maps == 2)
    }

    @Test("of a device that is gone ends the source")
    func gone() throws {
        _ = try world.present()
        memory.resize(to: 0)
        device.regions[2]!.readError = ENODEV
        #expect(world.failure()?.isEnd == true)
        #expect(try world.loop.runUntil { !world.ends.isEmpty })
    }

    @Test("whose mapping fails is read by pread from then on")
    func fallsBack() throws {
        _ = try world.present()
        let other = Memory()
        other.fill(row: 2, with: 3)
        memory.resize(to: 0)
        device.regions[2] = ScriptedDevice.Region(memory: other)
        #expect(try world.present().damage == .rectangle(PixelRectangle(x: 0, y: 2, width: 64, height: 1)))
        _ = try world.present()
        #expect(device.reads == 2 && device.maps == 1)
    }
}
