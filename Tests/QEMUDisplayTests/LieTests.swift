// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Glibc
import Planes
import QEMUDisplay
import TestSupport
import Testing

/// Each row is one lie: it is refused, and what was shown before stays.
@Suite("A QEMU that lies", .serialized, .timeLimit(.minutes(5)))
struct LieTests {
    struct Lie: Sendable, CustomTestStringConvertible {
        let what: String
        let tell: @Sendable (World, Memory) -> ScriptedQEMU.Reply
        var testDescription: String { what }
    }

    static let map = World.mapInterface
    static let xrgb = World.x8r8g8b8

    static let lies: [Lie] = [
        Lie(what: "a surface larger than its memory") { $0.map($1, width: 64, height: 33) },
        Lie(what: "an offset that leaves too little") { $0.map($1, width: 64, height: 32, offset: 1) },
        Lie(what: "a surface of nothing") { $0.map($1, width: 0, height: 32) },
        Lie(what: "the largest surface") { $0.map($1, width: .max, height: .max) },
        Lie(what: "an offset at the end of all") { $0.map($1, width: 64, height: 32, offset: .max) },
        Lie(what: "an unknown pixman format") { $0.map($1, width: 64, height: 32, pixman: 0x0801_0000) },
        Lie(what: "a narrow stride") { world, memory in
            world.peer.call("ScanoutMap", on: map, .h(memory.descriptor), .u(0), .u(64), .u(32), .u(255), .u(xrgb))
        },
        Lie(what: "a pipe as a surface") { world, _ in
            var ends: [CInt] = [-1, -1]
            _ = pipe(&ends)
            defer { ends.forEach { close($0) } }
            return world.peer.call("ScanoutMap", on: map, .h(ends[0]), .u(0), .u(1), .u(1), .u(4), .u(xrgb))
        },
        Lie(what: "a file on a disk or in the kernel as a surface") { world, _ in
            let file = open("/proc/self/exe", O_RDONLY)
            defer { close(file) }
            return world.peer.call("ScanoutMap", on: map, .h(file), .u(0), .u(1), .u(1), .u(4), .u(xrgb))
        },
        Lie(what: "a directory as a dma-buf") { world, _ in
            let directory = open("/", O_RDONLY | O_DIRECTORY)
            defer { close(directory) }
            return world.peer.call(
                "ScanoutDMABUF", .h(directory), .u(1), .u(1), .u(4), .u(PixelFormat.xrgb8888.fourcc), .t(0), .b(false))
        },
        Lie(what: "too few bytes") { world, _ in
            world.peer.call("Scanout", .u(4), .u(4), .u(16), .u(xrgb), .bytes(.init(repeating: 0, count: 63)))
        },
        Lie(what: "no bytes") { world, _ in world.peer.call("Scanout", .u(4), .u(4), .u(16), .u(xrgb), .bytes([])) },
        Lie(what: "rows that overflow") { world, _ in
            world.peer.call("Scanout", .u(4), .u(4), .u(.max), .u(xrgb), .bytes(.init(repeating: 0, count: 64)))
        },
        Lie(what: "an update of bytes where a map is shown") { world, _ in
            world.peer.call("Update", .i(0), .i(0), .i(1), .i(1), .u(4), .u(xrgb), .bytes([1, 2, 3, 4]))
        },
        Lie(what: "an update of a negative size") { world, _ in
            world.peer.call("Update", .i(0), .i(0), .i(-1), .i(-1), .u(4), .u(xrgb), .bytes([1, 2, 3, 4]))
        },
        Lie(what: "an update with too few bytes") { world, _ in
            world.peer.call("Update", .i(0), .i(0), .i(2), .i(2), .u(8), .u(xrgb), .bytes([1, 2, 3, 4]))
        },
        Lie(what: "a dma-buf that is too short") { $0.dmabuf($1, width: 64, height: 33) },
        Lie(what: "a dma-buf of an unknown fourcc") {
            $0.dmabuf2([$1], width: 64, height: 32, offsets: [0], strides: [256], planes: 1, fourcc: 0x2020_2020)
        },
        Lie(what: "no planes") { $0.dmabuf2([$1], width: 64, height: 32, offsets: [], strides: [], planes: 0) },
        Lie(what: "no descriptors") { world, _ in
            world.dmabuf2([], width: 64, height: 32, offsets: [0], strides: [256], planes: 1)
        },
        Lie(what: "five planes") { world, memory in
            world.dmabuf2(
                .init(repeating: memory, count: 5), width: 64, height: 32, offsets: .init(repeating: 0, count: 5),
                strides: .init(repeating: 256, count: 5), planes: 5)
        },
        Lie(what: "more planes than numbers") {
            $0.dmabuf2([$1], width: 64, height: 32, offsets: [0], strides: [256], planes: 2, fourcc: 0x3231_564E)
        },
        Lie(what: "the largest number of planes") {
            $0.dmabuf2([$1], width: 64, height: 32, offsets: [0], strides: [256], planes: .max)
        },
        Lie(what: "three descriptors for two planes") {
            $0.dmabuf2([$1, $1, $1], width: 64, height: 16, offsets: [0, 0], strides: [64, 64], planes: 2, fourcc: 0x3231_564E)
        },
        Lie(what: "a second plane that is too short") { world, memory in
            let short = Memory(64)
            return world.dmabuf2(
                [memory, short], width: 64, height: 32, offsets: [0, 0], strides: [64, 64], planes: 2, fourcc: 0x3231_564E)
        },
        Lie(what: "a part outside of its buffer") {
            $0.dmabuf2([$1], x: 1, width: 64, height: 32, offsets: [0], strides: [256], planes: 1)
        },
        Lie(what: "a part whose end overflows") {
            $0.dmabuf2([$1], x: .max, y: .max, width: 64, height: 32, offsets: [0], strides: [256], planes: 1)
        },
        Lie(what: "a part of a tiled buffer") {
            $0.dmabuf2([$1], x: 8, width: 8, height: 8, offsets: [0], strides: [256], planes: 1, modifier: 0x0100_0000_0000_0001)
        },
    ]

    @Test("is refused, and the last good frame stays", arguments: lies)
    func refused(_ lie: Lie) throws {
        let world = try World()
        let memory = Memory(64 * 4 * 32)
        try world.finish(world.map(memory, width: 64, height: 32))
        let before = try #require(try world.info())
        #expect(try world.finish(lie.tell(world, memory)) == .error("org.freedesktop.DBus.Error.InvalidArgs"))
        let after = try #require(try world.info())
        #expect(after.generation == before.generation && after.identity == before.identity)
        _ = try world.source.buffer(for: .primary, generation: after.generation)
    }

    @Test("leaves no descriptor behind", arguments: lies)
    func descriptors(_ lie: Lie) throws {
        let world = try World()
        let memory = Memory(64 * 4 * 32)
        #expect(memory.openDescriptors == 1)
        try world.finish(lie.tell(world, memory))
        #expect(try world.loop.runUntil { memory.openDescriptors == 1 })
    }

    @Test("what a source shows it holds once, and lets go of when it is replaced or closed")
    func held() throws {
        let world = try World()
        let memory = Memory(64 * 4 * 32), other = Memory(64 * 4 * 32)
        try world.finish(world.dmabuf(memory))
        #expect(try world.loop.runUntil { memory.openDescriptors == 2 })
        try world.finish(world.dmabuf(memory))
        #expect(try world.loop.runUntil { memory.openDescriptors == 2 })
        try world.finish(world.map(other, width: 64, height: 32))
        #expect(try world.loop.runUntil { memory.openDescriptors == 1 && other.openDescriptors == 2 })
        world.source.close()
        #expect(other.openDescriptors == 1)
    }
}
