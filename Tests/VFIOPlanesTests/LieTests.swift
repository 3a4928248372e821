// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Glibc
import Planes
import TestSupport
import Testing
import VFIOPlanes

/// Each row is a claim that isn't to be believed: it is refused, and what was shown before can still be had.
@Suite("A driver that lies")
struct LieTests {
    struct Lie: Sendable, CustomTestStringConvertible {
        let what: String
        let plane: ScriptedDevice.Plane
        let fault: PlaneFault
        /// Whether the memory had to be looked at.
        var needsBuffer = false
        var testDescription: String { what }
    }

    static let lies: [Lie] = [
        Lie(what: "no width", plane: .init(id: 9, width: 0, size: 1), fault: .emptySize(width: 0, height: 32)),
        Lie(what: "no height", plane: .init(id: 9, height: 0, size: 1), fault: .emptySize(width: 64, height: 0)),
        Lie(
            what: "a huge width", plane: .init(id: 9, width: .max, size: 1),
            fault: .hugeSize(width: .max, height: 32, limit: 16384)),
        Lie(
            what: "a huge size", plane: .init(id: 9, width: 16385, height: 16385, stride: .max),
            fault: .hugeSize(width: 16385, height: 16385, limit: 16384)),
        Lie(what: "an unknown fourcc", plane: .init(id: 9, fourcc: 0x2020_2020), fault: .unknownFormat(fourcc: 0x2020_2020)),
        Lie(
            what: "one plane of a format with two", plane: .init(id: 9, fourcc: 0x3231_564E),
            fault: .planeCount(described: 1, format: 2)),
        Lie(
            what: "a narrow stride", plane: .init(id: 9, stride: 255),
            fault: .strideTooSmall(plane: 0, stride: 255, needed: 256)),
        Lie(what: "rows that overflow", plane: .init(id: 9, stride: .max), fault: .overflow(plane: 0)),
        Lie(
            what: "more rows than the dma-buf has, whatever size says", plane: .init(id: 9, height: 33, size: .max),
            fault: .tooShort(plane: 0, length: 8192, needed: 8448), needsBuffer: true),
    ]

    @Test("is refused, and the last good picture stays", arguments: lies)
    func refused(_ lie: Lie) throws {
        let world = try World(), device = world.device, lied = Memory()
        device.buffers = [1: Memory(), 9: lied]
        device.show(.init(id: 1))
        let first = try world.present()
        device.show(lie.plane)
        for _ in 0..<3 { #expect(world.failure()?.fault == lie.fault) }
        #expect(device.gets == (lie.needsBuffer ? [1, 9] : [1]))
        #expect(lied.descriptorsGivenAway == 0)
        _ = try world.source.buffer(for: .primary, generation: first.generation)
        device.show(.init(id: 1))
        #expect(try world.shown().generation == first.generation)
    }

    @Test("of its size in pages, as i915 did, is believed by the dma-buf's own length")
    func pages() throws {
        let world = try World()
        world.device.buffers = [1: Memory()]
        world.device.show(.init(id: 1, size: 2))
        #expect(try world.shown().identity.layout.linearLength == 8192)
    }

    @Test("about a tiled plane's extent is the compositor's to judge")
    func tiled() throws {
        let world = try World()
        world.device.buffers = [1: Memory(4096)]
        world.device.show(.init(id: 1, modifier: 0x0100_0000_0000_0001))
        #expect(try world.shown().identity.layout.modifier.rawValue == 0x0100_0000_0000_0001)
    }

    @Test("of a cursor as large as a screen is refused")
    func hugeCursor() throws {
        let world = try World()
        world.device.show(.init(id: 1, width: 1025), as: .cursor)
        #expect(world.failure(.cursor)?.fault == .hugeSize(width: 1025, height: 32, limit: 1024))
    }

    @Test("of memory and gives out something else is refused, and that is closed")
    func notMemory() throws {
        let world = try World(), device = world.device
        var ends: [CInt] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        device.makeBuffer = { dup(ends[0]) }
        device.show(.init(id: 1))
        #expect(world.failure()?.temporaryCode == EINVAL)
        var status = stat()
        fstat(ends[0], &status)
        #expect(openDescriptors(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)) == 2)
        #expect(world.log.messages.contains { $0.contains("its buffer is neither a dma-buf nor memory") })
    }
}
