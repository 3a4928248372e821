// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Glibc
import Planes
import QEMUDisplay
import TestSupport
import Testing

private let hotSpotsOutside: [(Int32, Int32)] = [(4, 0), (0, 4), (-1, -1), (.max, 0), (.min, 0)]
private let sizeLies: [(Int32, Int32)] = [(0, 0), (-1, 4), (4, 5), (1025, 1), (.min, .min)]

@Suite("The guest's cursor", .serialized, .timeLimit(.minutes(5)))
struct CursorTests {
    @Test("it is seen once it has a picture and is on, at the place that MouseSet names")
    func shown() throws {
        let world = try World()
        let picture = (0..<(4 * 4 * 4)).map { UInt8($0) }
        try world.finish(world.cursor(4, 4, hot: (1, 2), picture))
        #expect(try world.info(.cursor) == nil)
        try world.finish(world.peer.call("MouseSet", .i(-3), .i(7), .i(1)))
        let info = try #require(try world.info(.cursor))
        #expect(info.position == PixelPoint(x: -3, y: 7) && info.hotSpot == PixelPoint(x: 1, y: 2))
        #expect(info.identity.layout.format == .argb8888)
        #expect(try world.bytes(.cursor) == picture)
        #expect(world.source.bytesCopied == 0)
        try world.finish(world.peer.call("MouseSet", .i(10), .i(7), .i(1)))
        #expect(try world.info(.cursor)?.generation == info.generation)
        #expect(try world.info(.cursor)?.position == PixelPoint(x: 10, y: 7))
        try world.finish(world.peer.call("MouseSet", .i(10), .i(7), .i(0)))
        #expect(try world.info(.cursor) == nil)
    }

    @Test("each picture has memory of its own, so that the one before can still be shown")
    func pictures() throws {
        let world = try World()
        try world.finish(world.peer.call("MouseSet", .i(0), .i(0), .i(1)))
        try world.finish(world.cursor(4, 4, hot: (0, 0), .init(repeating: 1, count: 64)))
        let first = try #require(try world.info(.cursor))
        let buffer = try world.source.buffer(for: .cursor, generation: first.generation)
        try world.finish(world.cursor(4, 4, hot: (0, 0), .init(repeating: 2, count: 64)))
        let second = try #require(try world.info(.cursor))
        #expect(second.generation > first.generation && second.identity != first.identity)
        var byte: UInt8 = 0
        pread(buffer.descriptor(plane: 0), &byte, 1, 0)
        #expect(byte == 1)
    }

    @Test("a hot spot outside of the picture is none", arguments: hotSpotsOutside)
    func hotSpots(x: Int32, y: Int32) throws {
        let world = try World()
        try world.finish(world.peer.call("MouseSet", .i(0), .i(0), .i(1)))
        #expect(try world.finish(world.cursor(4, 4, hot: (x, y), .init(repeating: 1, count: 64))) == .done)
        #expect(try #require(try world.info(.cursor)).hotSpot == nil)
    }

    @Test(
        "a picture that lies about its size is refused, and the one before stays",
        arguments: sizeLies)
    func lies(width: Int32, height: Int32) throws {
        let world = try World()
        try world.finish(world.peer.call("MouseSet", .i(0), .i(0), .i(1)))
        try world.finish(world.cursor(4, 4, hot: (0, 0), .init(repeating: 1, count: 64)))
        let before = try #require(try world.info(.cursor))
        let reply = world.cursor(width, height, hot: (0, 0), .init(repeating: 1, count: 64))
        #expect(try world.finish(reply) == .error("org.freedesktop.DBus.Error.InvalidArgs"))
        #expect(try world.info(.cursor)?.generation == before.generation)
    }

    @Test("no place is so far away that adding to it would overflow")
    func farAway() throws {
        let world = try World()
        try world.finish(world.cursor(4, 4, hot: (0, 0), .init(repeating: 1, count: 64)))
        try world.finish(world.peer.call("MouseSet", .i(.min), .i(.max), .i(1)))
        let position = try #require(try world.info(.cursor)).position
        #expect(position == PixelPoint(x: -16384, y: 16384))
    }
}

extension World {
    @discardableResult
    func cursor(_ width: Int32, _ height: Int32, hot: (x: Int32, y: Int32), _ bytes: [UInt8]) -> ScriptedQEMU.Reply {
        peer.call("CursorDefine", .i(width), .i(height), .i(hot.x), .i(hot.y), .bytes(bytes))
    }
}
