// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import QEMUDisplay
import TestSupport
import Testing

/// With memfds in the place of dma-bufs. What is refused of it is among the lies.
@Suite("ScanoutDMABUF2, as QEMU 10.1 and later send it", .serialized, .timeLimit(.minutes(5)))
struct ScanoutPartTests {
    private static let xTiled: UInt64 = 0x0100_0000_0000_0001  // I915_FORMAT_MOD_X_TILED, drm_fourcc.h
    private static let compressed: UInt64 = 0x0100_0000_0000_0004  // I915_FORMAT_MOD_Y_TILED_CCS
    private static let nv12: UInt32 = 0x3231_564E

    private func shown(_ world: World, _ reply: ScriptedQEMU.Reply) throws -> PlaneInfo {
        #expect(try world.finish(reply) == .done)
        return try #require(try world.info())
    }

    @Test("a part of a linear buffer begins further on in it")
    func part() throws {
        let world = try World()
        let memory = Memory(64 * 4 * 32)
        let layout = try shown(
            world, world.dmabuf2([memory], x: 8, y: 2, width: 16, height: 4, offsets: [0], strides: [256], planes: 1)
        ).identity.layout
        #expect(layout.size == PixelSize(width: 16, height: 4))
        #expect(layout.offsets[0] == 2 * 256 + 8 * 4 && layout.strides[0] == 256)
    }

    @Test("an offset of the buffer's own adds to the part's")
    func offset() throws {
        let world = try World()
        let memory = Memory(4096 + 64 * 4 * 33)
        let layout = try shown(
            world, world.dmabuf2([memory], x: 1, y: 1, width: 63, height: 31, offsets: [4096], strides: [256], planes: 1)
        ).identity.layout
        #expect(layout.offsets[0] == 4096 + 256 + 4 && layout.size == PixelSize(width: 63, height: 31))
    }

    @Test("a tiled buffer keeps its modifier, and may be shown in part from its corner on")
    func tiled() throws {
        let world = try World()
        let memory = Memory(64 * 4 * 32)
        let layout = try shown(
            world,
            world.dmabuf2([memory], width: 60, height: 30, offsets: [0], strides: [256], planes: 1, modifier: Self.xTiled)
        ).identity.layout
        #expect(layout.modifier == Modifier(rawValue: Self.xTiled) && layout.size == PixelSize(width: 60, height: 30))
    }

    @Test("two memory planes keep their two descriptors")
    func twoDescriptors() throws {
        let world = try World()
        let luma = Memory(64 * 32), chroma = Memory(64 * 16)
        let info = try shown(
            world,
            world.dmabuf2(
                [luma, chroma], width: 64, height: 32, offsets: [0, 0], strides: [64, 64], planes: 2, fourcc: Self.nv12))
        let buffer = try world.source.buffer(for: .primary, generation: info.generation)
        #expect(buffer.descriptorCount == 2 && buffer.descriptor(plane: 0) != buffer.descriptor(plane: 1))
    }

    @Test("two memory planes in one file are told apart by their offsets")
    func oneDescriptor() throws {
        let world = try World()
        let memory = Memory(64 * 48)
        let info = try shown(
            world,
            world.dmabuf2(
                [memory], width: 64, height: 32, offsets: [0, 64 * 32], strides: [64, 64], planes: 2, fourcc: Self.nv12))
        let layout = info.identity.layout
        let buffer = try world.source.buffer(for: .primary, generation: info.generation)
        #expect(layout.planeCount == 2 && layout.offsets == [0, 64 * 32, 0, 0] && layout.strides == [64, 64, 0, 0])
        #expect(buffer.descriptor(plane: 0) == buffer.descriptor(plane: 1))
    }

    @Test("a compressed buffer's second plane is the driver's own")
    func compressedPlanes() throws {
        let world = try World()
        let memory = Memory(64 * 4 * 32 + 4096)
        let layout = try shown(
            world,
            world.dmabuf2(
                [memory], width: 64, height: 32, offsets: [0, 64 * 4 * 32], strides: [256, 128], planes: 2,
                modifier: Self.compressed)
        ).identity.layout
        #expect(layout.planeCount == 2 && layout.offsets[1] == 64 * 4 * 32 && layout.strides[1] == 128)
        #expect(layout.modifier == Modifier(rawValue: Self.compressed))
    }

    @Test("rows from the bottom up are said to be so, and their damage is counted in the part's own rows")
    func flipped() throws {
        let world = try World()
        let memory = Memory(64 * 4 * 32)
        let info = try shown(
            world,
            world.dmabuf2(
                [memory], y: 12, width: 64, height: 20, offsets: [0], strides: [256], planes: 1, isFlipped: true)
        )
        #expect(info.isFlipped)
        world.source.committed(.primary, generation: info.generation)
        world.peer.call("UpdateDMABUF", .i(1), .i(0), .i(5), .i(2))
        #expect(try world.loop.runUntil { (try? world.info()?.generation) != info.generation })
        #expect(try world.info()?.damage == .rectangle(PixelRectangle(x: 1, y: 18, width: 5, height: 2)))
    }

    @Test("another part of the same buffer is another picture")
    func moved() throws {
        let world = try World()
        let memory = Memory(64 * 4 * 32)
        func show(y: UInt32) throws -> PlaneInfo {
            try shown(world, world.dmabuf2([memory], y: y, width: 64, height: 16, offsets: [0], strides: [256], planes: 1))
        }
        let upper = try show(y: 0)
        let lower = try show(y: 16)
        #expect(lower.generation > upper.generation && lower.identity != upper.identity)
        #expect(try show(y: 16).generation == lower.generation)
    }

    @Test("a part beside the left edge whose last row ends with the buffer is refused: compositors want whole rows")
    func lastRow() throws {
        let world = try World()
        let memory = Memory(64 * 4 * 32)
        func show(height: UInt32) -> ScriptedQEMU.Reply {
            world.dmabuf2([memory], x: 32, width: 32, height: height, offsets: [0], strides: [256], planes: 1)
        }
        #expect(try world.finish(show(height: 32)) == .error("org.freedesktop.DBus.Error.InvalidArgs"))
        #expect(try world.finish(show(height: 31)) == .done)
    }
}

extension World {
    /// A buffer of 64x32, or a part of it.
    @discardableResult
    func dmabuf2(
        _ memories: [Memory], x: UInt32 = 0, y: UInt32 = 0, width: UInt32, height: UInt32, offsets: [UInt32], strides: [UInt32],
        planes: UInt32, fourcc: UInt32 = PixelFormat.xrgb8888.fourcc, modifier: UInt64 = 0, isFlipped: Bool = false
    ) -> ScriptedQEMU.Reply {
        peer.call(
            "ScanoutDMABUF2", on: World.dmabufInterface, .handles(memories.map(\.descriptor)), .u(x), .u(y), .u(width),
            .u(height), .words(offsets), .words(strides), .u(planes), .u(fourcc), .u(64), .u(32), .t(modifier), .b(isFlipped))
    }
}
