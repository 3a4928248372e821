// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import TestSupport
import Testing
import VFIOPlanes

@Suite("A device's cursor")
struct CursorTests {
    typealias Plane = ScriptedDevice.Plane

    let world: World
    let device: ScriptedDevice
    let memory = Memory()

    init() throws {
        world = try World()
        device = world.device
        device.buffers = [5: memory]
    }

    func cursor(x: UInt32 = 0, y: UInt32 = 0, hotX: UInt32 = .max, hotY: UInt32 = .max) -> Plane {
        Plane(id: 5, width: 64, height: 32, fourcc: PixelFormat.argb8888.fourcc, x: x, y: y, hotX: hotX, hotY: hotY)
    }

    struct Place: Sendable {
        let x: UInt32
        let y: UInt32
        let position: PixelPoint
    }

    @Test(
        "is where its top left corner is, also over the left and top edges",
        arguments: [
            Place(x: 10, y: 20, position: PixelPoint(x: 10, y: 20)),
            Place(x: 0xFFFF_FFFF, y: 0xFFFF_FFE1, position: PixelPoint(x: -1, y: -31)),
            Place(x: 0xFFFF_FFF0, y: 5, position: PixelPoint(x: -16, y: 5)),
            Place(x: 0x7FFF_FFFF, y: 0x8000_0000, position: PixelPoint(x: 16384, y: -16384)),
        ])
    func place(_ place: Place) throws {
        device.show(cursor(x: place.x, y: place.y, hotX: 3, hotY: 4), as: .cursor)
        #expect(try world.shown(.cursor).position == place.position)
    }

    @Test("that moves is the same picture at another place, and costs one query")
    func moves() throws {
        device.show(cursor(x: 1, y: 1, hotX: 3, hotY: 4), as: .cursor)
        let first = try world.shown(.cursor)
        for x in 2...50 as ClosedRange<UInt32> {
            device.show(cursor(x: x, y: 1, hotX: x % 8, hotY: 4), as: .cursor)
            let info = try world.shown(.cursor)
            #expect(info.position == PixelPoint(x: Int32(x), y: 1) && info.hotSpot == PixelPoint(x: Int32(x % 8), y: 4))
            #expect(info.generation == first.generation && info.identity == first.identity)
        }
        #expect(device.gets == [5] && device.queries == [.primary: 0, .cursor: 50])
    }

    struct HotSpot: Sendable {
        let x: UInt32
        let y: UInt32
        let isTold: Bool
    }

    @Test(
        "shows with an unknown hot spot where the driver knows none or a wrong one, which is told once",
        arguments: [
            HotSpot(x: .max, y: .max, isTold: false), HotSpot(x: .max, y: 0, isTold: false), HotSpot(x: 64, y: 0, isTold: true),
            HotSpot(x: 0, y: 32, isTold: true), HotSpot(x: 0x8000_0000, y: 1, isTold: true),
        ])
    func hotSpot(_ spot: HotSpot) throws {
        device.show(cursor(hotX: spot.x, hotY: spot.y), as: .cursor)
        for _ in 0..<3 { #expect(try world.shown(.cursor).hotSpot == nil) }
        #expect(world.log.messages.count { $0.contains("hot spot") } == (spot.isTold ? 1 : 0))
    }

    @Test("that the guest hides is off at once, and on again without another call for its memory")
    func hides() throws {
        device.show(cursor(), as: .cursor)
        let first = try world.shown(.cursor)
        device.script(.cursor, .untouched)
        #expect(try world.info(.cursor) == nil)
        device.show(cursor(), as: .cursor)
        #expect(try world.shown(.cursor).generation > first.generation)
        #expect(device.gets == [5])
    }

    @Test("and the screen have generations of their own")
    func both() throws {
        device.buffers[6] = Memory()
        device.show(cursor(), as: .cursor)
        device.show(Plane(id: 6))
        let screen = try world.shown(), cursor = try world.shown(.cursor)
        #expect(screen.identity != cursor.identity)
        device.buffers[7] = Memory()
        device.show(Plane(id: 7))
        #expect(try world.shown().generation > screen.generation)
        #expect(try world.shown(.cursor).generation == cursor.generation)
        let buffer = try world.buffer(.cursor)
        #expect(buffer.identity.inode == memory.inode)
    }
}
