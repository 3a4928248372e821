// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Measurement
import Planes
@testable import GuestView
@testable import GuestWindow
@testable import Surfaces
import TestCompositor
import TestSupport
import Testing
import WaylandServer

@Suite("The guest's cursor as the host pointer's image")
struct PointerTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)
    private let cursor = ScriptedSource.Memory(width: 64, height: 64, format: .argb8888)

    @Test("it is worn when the pointer comes, changes with the guest's, and no second surface is ever over the picture")
    func worn() throws {
        let world = try World(cursor: .pointer)
        world.guest.show(.primary, picture)
        world.guest.show(.cursor, cursor, at: PixelPoint(x: 10, y: 20))
        try world.open()
        let first = try world.requests()
        #expect(!first.contains { $0.contains("get_subsurface") })
        world.server.enterPointer()
        #expect(try world.requests().map(withoutSerial) == ["pointer.set_cursor(surface, 0, 0)"])
        // Where the guest believes its cursor to be is the host pointer's business.
        #expect(try world.after { world.guest.move(.cursor, cursor, to: PixelPoint(x: 50, y: 60)) } == [])
        let other = ScriptedSource.Memory(width: 32, height: 32, format: .argb8888)
        let changed = try world.after { world.guest.show(.cursor, other) }.map(withoutSerial)
        #expect(changed.last == "surface.commit()")
        #expect(!changed.contains { $0.contains("set_cursor") }, "the pointer wears this surface already")
        #expect(!changed.contains("picture.commit()"))
        world.server.leavePointer()
        #expect(try world.requests() == [])
    }

    @Test("its memory is a wl_shm pool as it is, and never asked of linux-dmabuf, which the picture still is")
    func sharedMemory() throws {
        let world = try World(cursor: .pointer)
        world.guest.show(.primary, picture)
        world.guest.show(.cursor, cursor)
        try world.open()
        let first = imports(try world.requests())
        #expect(first == Self.asking + Self.pool("buffer2") + Self.answered)
        #expect(cursor.descriptorsGivenAway == 1)
    }

    @Test("over a still picture, too, the source hears of each shape that went out")
    func committedAlone() throws {
        let shapes = (0..<3).map { _ in ScriptedSource.Memory(width: 64, height: 64, format: .argb8888) }
        let world = try World(cursor: .pointer)
        world.guest.show(.primary, picture)
        world.guest.show(.cursor, shapes[0])
        try world.open()
        _ = try world.requests()
        for shape in shapes[1...] { #expect(try !world.after { world.guest.show(.cursor, shape) }.contains("picture.commit()")) }
        let committed = world.guest.committed.filter { $0.kind == .cursor }
        #expect(committed.map(\.generation.rawValue) == [1, 2, 3])
    }

    @Test("a dma-buf is copied, once for each new shape, and shown again without a word to the compositor's memory")
    func copied() throws {
        let shapes = (0..<2).map { _ in ScriptedSource.Memory(width: 64, height: 64, format: .argb8888, as: .dmabuf) }
        let world = try World(cursor: .pointer)
        world.guest.show(.primary, picture)
        world.guest.show(.cursor, shapes[0])
        try world.open()
        let first = imports(try world.requests())
        #expect(first == Self.asking + ["buffer2", "buffer3", "buffer4"].flatMap(Self.pool) + Self.answered)
        let other = try world.after { world.guest.show(.cursor, shapes[1]) }
        #expect(imports(other) == ["buffer5", "buffer6", "buffer7"].flatMap(Self.pool))
        #expect(other.suffix(3) == ["surface.attach(buffer5, 0, 0)", "surface.damage_buffer(0, 0, 64, 64)", "surface.commit()"])
        #expect(imports(try world.after { world.guest.show(.cursor, shapes[0]) }) == [])
        #expect(world.statistics.path == .dmabuf)
        #expect(world.statistics.bytesCopied == 0, "the picture wasn't copied")
    }

    @Test("a cursor that wl_shm can't take goes through linux-dmabuf all the same")
    func otherFormat() throws {
        let world = try World(cursor: .pointer) { $0.sharedMemoryFormats = [.xrgb8888] }
        world.guest.show(.primary, picture)
        world.guest.show(.cursor, cursor)
        try world.open()
        #expect(try imports(world.requests()).contains("params.create(64, 64, AR24, 0)"))
    }

    @Test("a tiled cursor, which wl_shm can't take, goes through linux-dmabuf all the same")
    func tiled() throws {
        let modifier: UInt64 = 0x0100_0000_0000_0001  // INTEL X tiling
        let world = try World(cursor: .pointer) { $0.formats.append((.argb8888, modifier)) }
        world.guest.show(.primary, picture)
        world.guest.show(.cursor, ScriptedSource.Memory(width: 64, height: 64, format: .argb8888, modifier: modifier))
        try world.open()
        #expect(try imports(world.requests()).contains("params.create(64, 64, AR24, 0)"))
    }

    private func imports(_ requests: [String]) -> [String] {
        requests.filter { request in ["linux_dmabuf", "params", "shm", "pool"].contains { request.hasPrefix("\($0).") } }
    }

    /// The picture's import, whose answer comes when the cursor has long been given.
    private static let asking = [
        "linux_dmabuf.create_params(new params)", "params.add(fd, 0, 0, 1280, 0, 0)", "params.create(320, 240, XR24, 0)",
    ]
    private static let answered = ["params.destroy()"]

    private static func pool(_ buffer: String) -> [String] {
        [
            "shm.create_pool(new pool, fd, 16384)", "pool.create_buffer(new \(buffer), 0, 64, 64, 256, 0)", "pool.destroy()",
        ]
    }

    private func withoutSerial(_ request: String) -> String {
        request.replacing(#/set_cursor\(\d+, /#, with: "set_cursor(")
    }
}
