// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CVFIO
import Glibc
import Planes
import TestSupport
import Testing
import VFIOPlanes

/// How a region is come at: as mdpy does it, and by drivers that map nothing, or say so and don't.
enum RegionAccess: CaseIterable {
    case mapped, read, mapRefused

    func region(_ memory: Memory) -> ScriptedDevice.Region {
        var region = ScriptedDevice.Region(memory: memory)
        if self == .read { region.flags = UInt32(VFIO_REGION_INFO_FLAG_READ) }
        if self == .mapRefused { region.mapError = ENODEV }
        return region
    }
}

@Suite("A plane in a region")
struct RegionTests {
    typealias Plane = ScriptedDevice.Plane

    static func device(_ memory: Memory, _ access: RegionAccess = .mapped) -> ScriptedDevice {
        let device = ScriptedDevice()
        device.types = [UInt32(VFIO_GFX_PLANE_TYPE_REGION)]
        device.regions = [2: access.region(memory)]
        device.show(Plane(id: 2))
        return device
    }

    let memory = Memory()
    let world: World
    let device: ScriptedDevice

    init() throws {
        device = Self.device(memory)
        world = try World(device)
    }

    @Test("is copied into memory of ours, which is offered as shared memory", arguments: RegionAccess.allCases)
    func copied(_ access: RegionAccess) throws {
        let world = try World(Self.device(memory, access))
        for row in 0..<32 { memory.fill(row: row, with: UInt8(row)) }
        let info = try world.shown()
        let buffer = try world.source.buffer(for: .primary, generation: info.generation)
        #expect(buffer.memory == .region && buffer.identity == info.identity && info.identity.inode != memory.inode)
        if case .dmabuf = buffer.offer { Issue.record("it is no dma-buf") }
        #expect(try world.bytes() == (0..<32).flatMap { [UInt8](repeating: $0, count: 256) })
        #expect(world.device.gets == [] && world.device.regionLooks == [2])
        #expect((world.device.reads == 0) == (access == .mapped))
        #expect(world.source.bytesCopied == 2 * 8192)
    }

    @Test("that stands still stays the same generation", arguments: RegionAccess.allCases)
    func still(_ access: RegionAccess) throws {
        let world = try World(Self.device(memory, access))
        let first = try world.present()
        for _ in 0..<5 {
            let info = try world.present()
            #expect(info.generation == first.generation && info.identity == first.identity && info.changedAt == first.changedAt)
        }
        #expect(world.device.regionLooks == [2] && world.device.maps == (access == .read ? 0 : 1))
    }

    struct Change: Sendable {
        let rows: [Int]
        let damage: PixelRectangle
    }

    @Test(
        "is damaged from the first row that changed to the last",
        arguments: [
            Change(rows: [0], damage: PixelRectangle(x: 0, y: 0, width: 64, height: 1)),
            Change(rows: [31], damage: PixelRectangle(x: 0, y: 31, width: 64, height: 1)),
            Change(rows: [7, 3, 12], damage: PixelRectangle(x: 0, y: 3, width: 64, height: 10)),
            Change(rows: Array(0..<32), damage: PixelRectangle(x: 0, y: 0, width: 64, height: 32)),
        ])
    func damage(_ change: Change) throws {
        let first = try world.present()
        for row in change.rows { memory.fill(row: row, with: 0xAA, from: 63) }
        let info = try world.shown()
        #expect(info.generation == first.generation.next && info.damage == .rectangle(change.damage))
        let bytes = try world.bytes()
        for row in 0..<32 { #expect(bytes[row * 256 + 255] == (change.rows.contains(row) ? 0xAA : 0)) }
    }

    @Test("is damaged by the sum of all changes until one is taken")
    func sum() throws {
        _ = try world.present()
        memory.fill(row: 10, with: 1)
        _ = try world.shown()
        memory.fill(row: 4, with: 1)
        #expect(try world.shown().damage == .rectangle(PixelRectangle(x: 0, y: 4, width: 64, height: 7)))
        try world.present()
        memory.fill(row: 20, with: 1)
        #expect(try world.shown().damage == .rectangle(PixelRectangle(x: 0, y: 20, width: 64, height: 1)))
    }

    @Test("doesn't change where only the padding of its rows does")
    func padding() throws {
        device.show(Plane(id: 2, width: 60, stride: 256))
        let first = try world.present()
        memory.fill(row: 3, with: 0xFF, from: 60)
        #expect(try world.present().generation == first.generation)
    }

    @Test("is compared whatever the damage policy")
    func policy() throws {
        let world = try World(Self.device(memory), damage: .refresh)
        let first = try world.present()
        #expect(try world.present().generation == first.generation)
    }

    /// A committed picture, with the bytes that it had then.
    private final class Committed {
        let buffer: PlaneBuffer
        let bytes: [UInt8]
        var identity: BufferIdentity { buffer.identity }

        init(_ buffer: consuming PlaneBuffer) {
            bytes = Self.read(buffer)
            self.buffer = buffer
        }

        var isUntouched: Bool { Self.read(buffer) == bytes }

        private static func read(_ buffer: borrowing PlaneBuffer) -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: 8192)
            pread(buffer.descriptor(plane: 0), &bytes, bytes.count, 0)
            return bytes
        }
    }

    @Test("isn't written into from its commit to its release, whatever else is queried", arguments: 1...4)
    func held(depth: Int) throws {
        var inodes: Set<UInt64> = []
        var onScreen: [Committed] = []
        for frame in 0..<30 as Range<UInt8> {
            // Any number of pictures may be queried and not committed.
            for picture in 0...(frame % 3) {
                memory.fill(row: Int(frame), with: 3 * frame &+ picture &+ 1)
                inodes.insert(try world.shown().identity.inode)
                for picture in onScreen { #expect(picture.isUntouched) }
            }
            let buffer = try world.buffer()
            let bytes = try world.bytes()
            try world.present()
            onScreen.append(Committed(buffer))
            #expect(onScreen.last?.bytes == bytes && bytes[Int(frame) * 256] == 3 * frame &+ frame % 3 &+ 1)
            if onScreen.count > depth { world.source.released(.primary, onScreen.removeFirst().identity) }
        }
        #expect(inodes.count <= depth + 2)
    }

    @Test("stays as it is while the compositor keeps every copy, and goes on when it releases one")
    func allKept() throws {
        var onScreen: [Committed] = [], generation = Generation.none
        for frame in 0..<20 as Range<UInt8> {
            memory.fill(row: 0, with: frame &+ 1)
            let info = try world.present()
            guard info.generation != generation else { continue }
            generation = info.generation
            onScreen.append(Committed(try world.buffer()))
        }
        #expect(onScreen.count == 8)
        for picture in onScreen { #expect(picture.isUntouched) }
        #expect(try world.shown().generation == generation)
        // Off and on again it is a new generation, in the same memory.
        device.script(.primary, .untouched)
        #expect(try world.info() == nil)
        device.show(Plane(id: 2))
        #expect(try world.shown().generation > generation)
        world.source.released(.primary, onScreen[3].identity)
        #expect(try world.shown().identity == onScreen[3].identity)
        #expect(try world.bytes()[0] == 20)
        for (index, picture) in onScreen.enumerated() where index != 3 { #expect(picture.isUntouched) }
    }

    @Test("is committed though it was superseded meanwhile; what isn't there is neither committed nor released")
    func late() throws {
        let first = try world.shown()
        let buffer = try world.buffer()
        memory.fill(row: 0, with: 1)
        let second = try world.shown()
        #expect(second.identity != first.identity)
        world.source.committed(.primary, generation: first.generation)
        #expect(try world.shown().generation == second.generation)
        world.source.committed(.primary, generation: .none)
        world.source.released(.cursor, first.identity)
        let committed = Committed(buffer)
        var inodes: Set<UInt64> = []
        for picture in 2...20 as ClosedRange<UInt8> {
            memory.fill(row: 0, with: picture)
            inodes.insert(try world.shown().identity.inode)
        }
        #expect(inodes.count == 2 && !inodes.contains(first.identity.inode))
        #expect(committed.isUntouched)
    }

    @Test("that moves to another region is mapped there, and is new only if it looks new")
    func moves() throws {
        let other = Memory()
        device.regions[5] = RegionAccess.mapped.region(other)
        let first = try world.present()
        device.show(Plane(id: 5))
        #expect(try world.present().generation == first.generation)
        other.fill(row: 1, with: 9)
        #expect(try world.present().damage == .rectangle(PixelRectangle(x: 0, y: 1, width: 64, height: 1)))
        #expect(device.regionLooks == [2, 5] && device.maps == 2)
    }

    @Test("in another mode is another memory, all new, mapped anew where it is longer")
    func mode() throws {
        memory.resize(to: 128 * 4 * 64)
        let first = try world.present()
        device.show(Plane(id: 2, width: 128, height: 64))
        let larger = try world.present()
        #expect(larger.generation > first.generation && larger.damage == .everything)
        #expect(larger.identity.layout.size == PixelSize(width: 128, height: 64) && larger.identity != first.identity)
        device.show(Plane(id: 2, width: 16, height: 16))
        #expect(try world.present().damage == .everything)
        #expect(device.maps == 2)
    }

    @Test("that goes off and on is a new picture")
    func off() throws {
        let first = try world.present()
        device.script(.primary, .untouched)
        #expect(try world.info() == nil)
        device.show(Plane(id: 2))
        let again = try world.present()
        #expect(again.generation > first.generation && again.damage == .everything)
    }

    /// mdpy doesn't look at the kind of plane that it is asked for.
    @Test("has no cursor, whatever the driver would say")
    func noCursor() throws {
        device.show(Plane(id: 2), as: .cursor)
        #expect(try world.info(.cursor) == nil)
        #expect(device.queries[.cursor] == 0)
    }

    @Test("gives back its memory with the source, and still knows what it copied")
    func closed() throws {
        let identity = try world.present().identity
        #expect(openDescriptors(device: identity.device, inode: identity.inode) == 1)
        world.source.close()
        #expect(openDescriptors(device: identity.device, inode: identity.inode) == 0)
        #expect(world.source.bytesCopied == 8192)
    }
}
