// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import Glibc
import Planes
import QEMUDisplay
import TestSupport
import Testing

@Suite("What QEMU says of its display", .serialized, .timeLimit(.minutes(5)))
struct ListenerTests {
    @Test("the property Interfaces names what QEMU may use, and nothing else is a property")
    func properties() throws {
        let world = try World()
        let reply = world.peer.call("GetAll", on: "org.freedesktop.DBus.Properties", .s("org.qemu.Display1.Listener"))
        #expect(try world.finish(reply) == .done)
        #expect(reply.strings == [World.mapInterface, World.dmabufInterface])
        let other = world.peer.call("GetAll", on: "org.freedesktop.DBus.Properties", .s(World.mapInterface))
        #expect(try world.finish(other) == .done)
        #expect(other.strings.isEmpty)
        let unknown = world.peer.call(
            "Get", on: "org.freedesktop.DBus.Properties", .s("org.qemu.Display1.Listener"), .s("Sekret"))
        #expect(try world.finish(unknown) == .error("org.freedesktop.DBus.Error.InvalidArgs"))
    }

    @Test("a method that nobody knows and arguments of the wrong type are answered with an error")
    func wrongCalls() throws {
        let world = try World()
        #expect(try world.finish(world.peer.call("Explode")) == .error("org.freedesktop.DBus.Error.UnknownMethod"))
        #expect(try world.finish(world.peer.call("UpdateMap", .i(0))) == .error("org.freedesktop.DBus.Error.UnknownMethod"))
        let wrongType = world.peer.call("UpdateMap", on: World.mapInterface, .s("all of it"))
        #expect(try world.finish(wrongType) == .error("org.freedesktop.DBus.Error.InvalidArgs"))
        #expect(try world.info() == nil)
    }

    @Test("calls before the question for properties are calls like any other")
    func early() throws {
        let world = try World(asksFirst: false)
        world.peer.call("UpdateMap", on: World.mapInterface, .i(0), .i(0), .i(1), .i(1))
        world.peer.call("UpdateDMABUF", .i(0), .i(0), .i(1), .i(1))
        world.peer.call("Disable")
        let picture = [UInt8](repeating: 7, count: 8 * 4 * 4)
        world.peer.call("Scanout", .u(8), .u(4), .u(32), .u(World.x8r8g8b8), .bytes(picture))
        let question = world.peer.call("GetAll", on: "org.freedesktop.DBus.Properties", .s("org.qemu.Display1.Listener"))
        #expect(try world.finish(question) == .done)
        #expect(question.strings == [World.mapInterface, World.dmabufInterface])
        #expect(try world.bytes() == picture)
    }

    @Test("a shared surface goes on as it is: the same file, its offset and layout, and no byte copied")
    func scanoutMap() throws {
        let world = try World()
        let memory = Memory(4096 + 64 * 4 * 32)
        #expect(try world.finish(world.map(memory, width: 64, height: 32, offset: 4096)) == .done)
        let info = try #require(try world.info())
        #expect(info.identity.inode == memory.inode)
        #expect(info.identity.layout.size == PixelSize(width: 64, height: 32))
        #expect(info.identity.layout.offsets[0] == 4096 && info.identity.layout.strides[0] == 256)
        #expect(info.identity.layout.format == .xrgb8888)
        #expect(info.damage == .everything && !info.isFlipped)
        let buffer = try world.source.buffer(for: .primary, generation: info.generation)
        #expect(buffer.memory == .memfd && buffer.offer == .sharedMemory)
        var status = stat()
        fstat(buffer.descriptor(plane: 0), &status)
        #expect(UInt64(status.st_ino) == memory.inode)
        #expect(world.source.bytesCopied == 0)
    }

    @Test("damage gathers from one taken generation to the next, and is clipped")
    func damage() throws {
        let world = try World()
        let memory = Memory(64 * 4 * 32)
        try world.finish(world.map(memory, width: 64, height: 32))
        let first = try #require(try world.info())
        world.source.committed(.primary, generation: first.generation)
        world.peer.call("UpdateMap", on: World.mapInterface, .i(1), .i(2), .i(3), .i(4))
        try world.finish(world.peer.call("UpdateMap", on: World.mapInterface, .i(60), .i(-10), .i(100), .i(20)))
        let second = try #require(try world.info())
        #expect(second.generation > first.generation && second.identity == first.identity)
        #expect(second.damage == .rectangle(PixelRectangle(x: 1, y: 0, width: 63, height: 10)))
        #expect(throws: PlaneError.self) { _ = try world.source.buffer(for: .primary, generation: first.generation) }
        world.source.committed(.primary, generation: second.generation)
        try world.finish(world.peer.call("UpdateMap", on: World.mapInterface, .i(0), .i(0), .i(1), .i(1)))
        #expect(try world.info()?.damage == .rectangle(PixelRectangle(x: 0, y: 0, width: 1, height: 1)))
        let before = try #require(try world.info()).generation
        try world.finish(world.peer.call("UpdateMap", on: World.mapInterface, .i(500), .i(0), .i(1), .i(1)))
        try world.finish(world.peer.call("UpdateMap", on: World.mapInterface, .i(.max), .i(.max), .i(.max), .i(.max)))
        try world.finish(world.peer.call("UpdateMap", on: World.mapInterface, .i(.min), .i(.min), .i(-1), .i(0)))
        #expect(try world.info()?.generation == before)
    }

    @Test("a flood of updates is told in few notices")
    func flood() throws {
        let world = try World()
        let memory = Memory(64 * 4 * 32)
        try world.finish(world.map(memory, width: 64, height: 32))
        for _ in 0..<1000 { world.peer.call("UpdateMap", on: World.mapInterface, .i(0), .i(0), .i(1), .i(1)) }
        try world.finish(world.peer.call("UpdateMap", on: World.mapInterface, .i(0), .i(0), .i(1), .i(1)))
        #expect(world.notices < 300)
        #expect(try #require(try world.info()).generation.rawValue == 1002)
    }

    @Test("bytes are copied once, into the same memory while the layout stays, and counted")
    func scanoutBytes() throws {
        let world = try World()
        let picture = (0..<(8 * 4 * 4)).map { UInt8($0) }
        try world.finish(world.peer.call("Scanout", .u(8), .u(4), .u(32), .u(World.x8r8g8b8), .bytes(picture)))
        let first = try #require(try world.info())
        #expect(try world.bytes() == picture)
        #expect(world.source.bytesCopied == 128)
        try world.finish(world.peer.call("Scanout", .u(8), .u(4), .u(32), .u(World.x8r8g8b8), .bytes(picture.reversed())))
        let second = try #require(try world.info())
        #expect(second.identity == first.identity && second.generation > first.generation)
        #expect(try world.bytes() == picture.reversed())
        try world.finish(world.peer.call("Scanout", .u(4), .u(8), .u(16), .u(World.x8r8g8b8), .bytes(picture)))
        #expect(try world.info()?.identity != first.identity)
        let buffer = try world.source.buffer(for: .primary, generation: try #require(try world.info()).generation)
        #expect(buffer.memory == .bytes && buffer.offer == .sharedMemory)
    }

    @Test("an update's bytes land where they belong, and what lies outside is left out")
    func updateBytes() throws {
        let world = try World()
        try world.finish(
            world.peer.call("Scanout", .u(4), .u(3), .u(16), .u(World.x8r8g8b8), .bytes(.init(repeating: 0, count: 48))))
        world.source.committed(.primary, generation: try #require(try world.info()).generation)
        // 3x2 pixels at -1,-1: only the lower right 2x1 of it is seen. Rows have 4 bytes of padding.
        let part = (0..<32).map { UInt8($0 + 1) }
        let reply = world.peer.call(
            "Update", .i(-1), .i(-1), .i(3), .i(2), .u(16), .u(World.x8r8g8b8), .bytes(part))
        #expect(try world.finish(reply) == .done)
        #expect(try world.bytes() == Array(part[20..<28]) + .init(repeating: 0, count: 40))
        #expect(try world.info()?.damage == .rectangle(PixelRectangle(x: 0, y: 0, width: 2, height: 1)))
        #expect(world.source.bytesCopied == 48 + 8)
        let corner = world.peer.call(
            "Update", .i(3), .i(2), .i(2), .i(2), .u(8), .u(World.x8r8g8b8), .bytes(.init(repeating: 9, count: 16)))
        #expect(try world.finish(corner) == .done)
        #expect(try world.bytes().suffix(5) == [0, 9, 9, 9, 9])
    }

    @Test("an end of the connection is told once, in one line, and then there is nothing more")
    func disconnected() throws {
        let world = try World()
        let memory = Memory(64 * 4 * 32)
        try world.finish(world.map(memory, width: 64, height: 32))
        world.peer.disconnect()
        #expect(try world.loop.runUntil { !world.ends.isEmpty })
        try world.loop.runForAMoment()
        #expect(world.ends.count == 1)
        #expect(world.ends[0].message == "QEMU scripted has gone: it closed its display: restart it and open it again")
        #expect(throws: PlaneError.self) { try world.source.query(.primary) }
        // What is over doesn't keep the loop busy.
        #expect(try !world.loop.turn(waitingAtMost: 50_000_000))
    }

    @Test("an end without a delegate is kept for the next one")
    func endIsKept() throws {
        let world = try World()
        world.source.delegate = nil
        world.peer.disconnect()
        try world.loop.runForAMoment()
        #expect(throws: PlaneError.self) { try world.source.query(.primary) }
        world.source.delegate = world
        #expect(world.ends.isEmpty)
        #expect(try world.loop.runUntil { !world.ends.isEmpty })
    }

    @Test("a peer that says nonsense all the time doesn't fill the log")
    func rateOfFaults() throws {
        let log = CountingLog()
        let world = try World(logger: log.logger)
        for _ in 0..<200 { try world.finish(world.peer.call("UpdateMap", on: World.mapInterface, .s("nonsense"))) }
        #expect((1...4).contains(log.messages.count))
        #expect(log.messages.first == "QEMU scripted: UpdateMap is refused: Invalid argument")
    }

    @Test("a closed source says nothing more")
    func closed() throws {
        let world = try World()
        let memory = Memory(64 * 4 * 32)
        world.map(memory, width: 64, height: 32)
        world.source.close()
        world.source.close()
        try world.loop.runForAMoment()
        #expect(world.notices == 0 && world.ends.isEmpty)
        #expect(throws: PlaneError.self) { try world.source.query(.cursor) }
    }
}

extension World {
    @discardableResult
    func map(
        _ memory: Memory, width: UInt32, height: UInt32, offset: UInt32 = 0, pixman: UInt32 = World.x8r8g8b8
    ) -> ScriptedQEMU.Reply {
        peer.call(
            "ScanoutMap", on: World.mapInterface, .h(memory.descriptor), .u(offset), .u(width), .u(height), .u(width &* 4),
            .u(pixman))
    }

    @discardableResult
    func dmabuf(_ memory: Memory, width: UInt32 = 64, height: UInt32 = 32, isFlipped: Bool = false) -> ScriptedQEMU.Reply {
        peer.call(
            "ScanoutDMABUF", .h(memory.descriptor), .u(width), .u(height), .u(width * 4), .u(PixelFormat.xrgb8888.fourcc),
            .t(0), .b(isFlipped))
    }
}
