// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Measurement
import Planes
import TestCompositor
import TestSupport
import Testing

@testable import GuestView
@testable import GuestWindow

@Suite("The fallback ladder, on a compositor that refuses")
struct LadderTests {
    private let pictures = (0..<3).map { _ in ScriptedSource.Memory(width: 320, height: 240) }
    /// INTEL X tiling.
    private static let tiled: UInt64 = 0x0100_0000_0000_0001

    private static let asking = [
        "linux_dmabuf.create_params(new params)", "params.add(fd, 0, 0, 1280, 0, 0)", "params.create(320, 240, XR24, 0)",
        "params.destroy()",
    ]

    private static func pool(_ buffer: String) -> [String] {
        [
            "shm.create_pool(new pool, fd, 307200)", "pool.create_buffer(new \(buffer), 0, 320, 240, 1280, 1)",
            "pool.destroy()",
        ]
    }

    @Test("a failed import is followed by a wl_shm pool over the same memory, and the format isn't asked for again")
    func failed() throws {
        let world = try World.showing(pictures[0])
        world.server.behaviour.imports = .failed
        let second = try world.after { world.guest.show(.primary, pictures[1]) }
        #expect(second == Self.asking + Self.pool("buffer2") + FramePathTests.frame("buffer2"))
        let third = try world.after { world.guest.show(.primary, pictures[2]) }
        #expect(third == Self.pool("buffer3") + FramePathTests.frame("buffer3"))
        #expect(world.statistics.path == .sharedMemory)
        #expect(world.statistics.pathReason == "the compositor failed to import XR24 LINEAR")
        #expect(world.statistics.bytesCopied == 0)
    }

    @Test("the path told is that of the buffer shown, also where buffers take different ones in turn")
    func paths() throws {
        let world = try World.showing(pictures[0])
        world.server.behaviour.imports = .failed
        _ = try world.after { world.guest.show(.primary, pictures[1]) }
        #expect(world.statistics.path == .sharedMemory)
        let back = try world.after { world.guest.show(.primary, pictures[0]) }
        #expect(back == FramePathTests.frame("buffer1"))
        #expect(world.statistics.path == .dmabuf)
        #expect(world.statistics.pathReason == "the compositor imports the plane's memory")
    }

    @Test("a format that the compositor doesn't offer is never asked for", arguments: [3, 4, 5])
    func notOffered(version: UInt32) throws {
        let world = try World {
            $0.dmabufVersion = version
            $0.formats = [(.argb8888, 0)]
        }
        world.guest.show(.primary, pictures[0])
        try world.open()
        let requests = try world.requests()
        #expect(requests.filter { $0.hasPrefix("linux_dmabuf") || $0.hasPrefix("params") } == [])
        #expect(requests.filter { $0.hasPrefix("shm") || $0.hasPrefix("pool") } == Self.pool("buffer1"))
        #expect(world.statistics.path == .sharedMemory)
        #expect(world.statistics.pathReason == "the compositor doesn't offer to import XR24 LINEAR")
    }

    @Test("a format that is offered is asked for in every version", arguments: [3, 4, 5])
    func offered(version: UInt32) throws {
        let world = try World { $0.dmabufVersion = version }
        world.guest.show(.primary, pictures[0])
        try world.open()
        let requests = try world.requests()
        #expect(requests.filter { $0.hasPrefix("linux_dmabuf") || $0.hasPrefix("params") } == Self.asking)
        #expect(world.statistics.path == .dmabuf)
    }

    @Test("without linux-dmabuf memory is given on as a wl_shm pool")
    func noDmabuf() throws {
        let world = try World.showing(pictures[0]) { $0.dmabufVersion = nil }
        let requests = try world.after { world.guest.show(.primary, pictures[1]) }
        #expect(requests == Self.pool("buffer2") + FramePathTests.frame("buffer2"))
        #expect(world.statistics.pathReason == "the compositor has no zwp_linux_dmabuf_v1 of version 3 or later")
    }

    @Test("a source that says its memory is no dma-buf is shown through wl_shm at once")
    func sharedMemory() throws {
        let world = try World()
        world.guest.offer = .sharedMemory
        world.guest.show(.primary, pictures[0])
        try world.open()
        let requests = try world.requests()
        #expect(requests.filter { $0.hasPrefix("linux_dmabuf") || $0.hasPrefix("params") } == [])
        #expect(requests.filter { $0.hasPrefix("shm") || $0.hasPrefix("pool") } == Self.pool("buffer1"))
        #expect(world.statistics.path == .sharedMemory)
        #expect(world.statistics.pathReason == "the source shares memory that is no dma-buf")
    }

    @Test("a tiled picture that fails has no lower rung: said once, while the last one is held and its successor shown")
    func tiled() throws {
        let world = try World.showing(pictures[0]) { $0.formats.append((.xrgb8888, Self.tiled)) }
        let tiled = (0..<2).map { _ in ScriptedSource.Memory(width: 320, height: 240, modifier: Self.tiled) }
        world.server.behaviour.imports = .failed
        let first = try world.after { world.guest.show(.primary, tiled[0]) }
        #expect(
            first == [
                "linux_dmabuf.create_params(new params)", "params.add(fd, 0, 0, 1280, 16777216, 1)",
                "params.create(320, 240, XR24, 0)", "params.destroy()",
            ])
        #expect(world.statistics.path == .none)
        for turn in 0..<20 { #expect(try world.after { world.guest.show(.primary, tiled[turn % 2]) } == []) }
        #expect(world.log.warnings.count == 1)
        #expect(world.guest.handedOut == 2)
        #expect(tiled.map(\.descriptorsGivenAway) == [0, 0])
        let next = try world.after { world.guest.show(.primary, pictures[0]) }
        #expect(next == FramePathTests.frame("buffer1"))
        #expect(world.statistics.path == .dmabuf)
    }

    @Test("a first picture that has no rung at all is said at once, before the window could show anything")
    func nowhereAtFirst() throws {
        let world = try World {
            $0.dmabufVersion = nil
            $0.sharedMemoryFormats = []
        }
        world.guest.show(.primary, pictures[0])
        try world.open()
        #expect(try world.requests().last == "picture.commit()")
        #expect(world.log.warnings.count == 1)
        #expect(
            world.statistics.pathReason
                == "the compositor has no zwp_linux_dmabuf_v1 of version 3 or later, and its wl_shm doesn't take XR24")
    }

    @Test("memory that the source has filled itself is called a copy", arguments: [PlaneMemory.bytes, .region])
    func filled(memory: PlaneMemory) throws {
        let world = try World()
        world.guest.offer = .sharedMemory
        world.guest.show(.primary, ScriptedSource.Memory(width: 320, height: 240, as: memory))
        try world.open()
        try world.settle()
        #expect(world.statistics.path == .copy && world.statistics.memory == memory.rawValue)
        #expect(world.statistics.bytesCopied == 0)
    }

    @Test("memory that has shrunk since its length was looked at is given to nobody", arguments: [PlaneMemory.memfd, .dmabuf])
    func shrunk(memory: PlaneMemory) throws {
        let world = try World.showing(pictures[0]) { $0.dmabufVersion = nil }
        let short = ScriptedSource.Memory(width: 320, height: 240, as: memory)
        short.shrink(to: 320 * 240 * 4 - 4096)
        #expect(try world.after { world.guest.show(.primary, short) } == [])
        #expect(world.log.warnings.count == 1)
        #expect(world.log.warnings.first?.contains("its memory is shorter than its picture") == true)
        #expect(short.descriptorsGivenAway == 0)
    }

    @Test("a forced rung is the only one", arguments: [Statistics.Path.dmabuf, .sharedMemory, .copy])
    func forced(path: Statistics.Path) throws {
        let world = try World.showing(pictures[0]) { _ in
        } choose: {
            $0.view.forcedPath = path
        }
        #expect(world.statistics.path == path)
        #expect(world.statistics.bytesCopied == (path == .copy ? 320 * 240 * 4 : 0))
        world.server.behaviour.imports = .failed
        let next = try world.after { world.guest.show(.primary, pictures[1]) }
        #expect(next.contains { $0.hasPrefix("picture.attach") } == (path != .dmabuf))
    }

    @Test("a format that neither linux-dmabuf nor wl_shm takes is said once")
    func nowhere() throws {
        let world = try World {
            $0.imports = .failed
            $0.sharedMemoryFormats = []
        }
        world.guest.show(.primary, pictures[0])
        try world.open()
        #expect(try world.requests().suffix(4) == Self.asking)
        for _ in 0..<5 { #expect(try world.after { world.guest.show(.primary, pictures[1]) } == []) }
        #expect(world.guest.skipped.map(\.generation.rawValue).suffix(5) == [2, 3, 4, 5, 6])
        #expect(world.log.warnings.count == 1)
        #expect(
            world.statistics.pathReason == "the compositor failed to import XR24 LINEAR, and its wl_shm doesn't take XR24")
        #expect(pictures[0].descriptorsGivenAway == 0)
    }
}

@Suite("The copying rung")
struct CopyTests {
    private let pictures = (0..<2).map { _ in ScriptedSource.Memory(width: 320, height: 240, as: .dmabuf) }
    private let whole: UInt64 = 320 * 240 * 4

    private func rectangle(_ x: Int32, _ y: Int32, _ width: Int32, _ height: Int32) -> Damage {
        .rectangle(PixelRectangle(x: x, y: y, width: width, height: height))
    }

    private func world(_ releases: Behaviour.Releases) throws -> World {
        try World.showing(pictures[0]) {
            $0.imports = .failed
            $0.releases = releases
        }
    }

    @Test("a dma-buf that fails is copied: at first whole, then the damaged rows alone")
    func damagedRows() throws {
        let world = try world(.atOnce)
        #expect(world.statistics.path == .copy)
        #expect(world.statistics.bytesCopied == whole)
        let requests = try world.after { world.guest.show(.primary, pictures[0], damage: rectangle(10, 20, 30, 40)) }
        #expect(requests == FramePathTests.frame("buffer1", damage: "10, 20, 30, 40"))
        #expect(world.statistics.bytesCopied == whole + 30 * 40 * 4)
    }

    @Test("a copy that the compositor still reads isn't touched: another is brought up to date")
    func heldCopies() throws {
        let world = try world(.whenReplaced)
        let second = try world.after { world.guest.show(.primary, pictures[0], damage: rectangle(0, 0, 10, 10)) }
        #expect(second == FramePathTests.frame("buffer2", damage: "0, 0, 10, 10"))
        #expect(world.statistics.bytesCopied == 2 * whole)
        let third = try world.after { world.guest.show(.primary, pictures[0], damage: rectangle(10, 10, 10, 10)) }
        #expect(third == FramePathTests.frame("buffer1", damage: "10, 10, 10, 10"))
        #expect(world.statistics.bytesCopied == 2 * whole + 20 * 20 * 4)
    }

    @Test("the copy of a buffer in rotation also gets what changed while other buffers were shown")
    func rotation() throws {
        let world = try world(.atOnce)
        _ = try world.after { world.guest.show(.primary, pictures[1], damage: rectangle(100, 100, 10, 10)) }
        #expect(world.statistics.bytesCopied == 2 * whole)
        _ = try world.after { world.guest.show(.primary, pictures[0], damage: rectangle(0, 0, 10, 10)) }
        #expect(world.statistics.bytesCopied == 2 * whole + 110 * 110 * 4)
    }

    @Test("copies that the compositor holds outlive a mode switch, and a source hears of its memory with the commit")
    func heldOverSwitch() throws {
        let world = try world(.never)
        #expect(world.guest.committed.count == 1 && world.guest.released.map(\.identity) == [pictures[0].identity])
        let small = ScriptedSource.Memory(width: 160, height: 120, as: .dmabuf)
        let switching = try world.after { world.guest.show(.primary, small) }
        #expect(!switching.contains { $0.hasPrefix("buffer") && $0.hasSuffix(".destroy()") })
        #expect(world.guest.released.map(\.identity) == [pictures[0].identity, small.identity])
    }

    private let spread = ScriptedSource.Memory(
        width: 320, height: 240, as: .dmabuf, offset: 4096, stride: 1536
    ) { x, y in 0xFF00_0000 | x << 12 | y }

    /// The pixels that the compositor sees in the picture's corners and in its midst are those of `spread`.
    private func expectSpread(_ world: World) throws {
        let surface = try #require(world.server.surface("picture"))
        for (x, y) in [(0, 0), (319, 0), (0, 239), (319, 239), (5, 7)] {
            #expect(surface.pixel(x: x, y: y) == 0xFF00_0000 | UInt32(x) << 12 | UInt32(y), "\(x), \(y)")
        }
    }

    @Test("rows are copied from where they lie in memory, and lie close in the copy")
    func rows() throws {
        let world = try World.showing(spread) {
            $0.imports = .failed
            $0.keepsPools = true
        }
        #expect(world.statistics.path == .copy && world.statistics.bytesCopied == whole)
        try expectSpread(world)
    }

    @Test("a wl_shm pool shows the rows where they lie in memory")
    func rowsOfPool() throws {
        let memory = ScriptedSource.Memory(width: 320, height: 240, offset: 4096, stride: 1536) { x, y in
            0xFF00_0000 | x << 12 | y
        }
        let world = try World.showing(memory) {
            $0.imports = .failed
            $0.keepsPools = true
        }
        #expect(world.statistics.path == .sharedMemory)
        try expectSpread(world)
    }

    @Test("memory that can't be mapped just now is tried again with the next change")
    func unreadable() throws {
        let world = try world(.atOnce)
        world.guest.isUnreadable = true
        #expect(try world.after { world.guest.show(.primary, pictures[1]) } == [])
        #expect(world.log.warnings.count == 1)
        world.guest.isUnreadable = false
        let requests = try world.after { world.guest.show(.primary, pictures[1]) }
        #expect(requests.suffix(5) == FramePathTests.frame("buffer4"))
    }

    @Test("where the compositor holds every copy, the last picture goes out with the first release")
    func everyCopyHeld() throws {
        let world = try world(.never)
        _ = try world.after { world.guest.show(.primary, pictures[0]) }
        _ = try world.after { world.guest.show(.primary, pictures[0]) }
        #expect(try world.after { world.guest.show(.primary, pictures[0], damage: rectangle(1, 2, 3, 4)) } == [])
        world.server.surface("picture")!.releaseCurrent()
        #expect(try world.requests() == FramePathTests.frame("buffer3", damage: "1, 2, 3, 4"))
        #expect(world.statistics.bytesCopied == 3 * whole + 3 * 4 * 4)
    }

    @Test("where the compositor holds every copy, a configure is answered at once")
    func configuredWithoutCopy() throws {
        let world = try world(.never)
        for _ in 0..<3 { _ = try world.after { world.guest.show(.primary, pictures[0]) } }
        world.server.configure(width: 640, height: 480)
        let requests = try world.requests()
        #expect(requests.contains("xdg_surface.ack_configure(2)") && requests.last == "picture.commit()", "\(requests)")
        #expect(!requests.contains { $0.hasPrefix("picture.attach") })
        // The picture that waits comes with its copy all the same.
        world.server.surface("picture")!.releaseCurrent()
        #expect(try world.requests() == FramePathTests.frame("buffer3"))
    }

    @Test("where the compositor holds every copy of a cursor, its last shape goes out with the first release")
    func everyCursorCopyHeld() throws {
        let picture = ScriptedSource.Memory(width: 320, height: 240)
        let cursor = ScriptedSource.Memory(width: 64, height: 64, format: .argb8888, as: .dmabuf)
        let world = try World.showing(picture, cursor: cursor) {
            $0.imports = .failed
            $0.releases = .never
        }
        for _ in 0..<2 { _ = try world.after { world.guest.show(.cursor, cursor) } }
        #expect(try world.after { world.guest.show(.cursor, cursor) } == [])
        world.server.surface("cursor")!.releaseCurrent()
        let requests = try world.requests()
        #expect(requests.contains { $0.hasPrefix("cursor.attach") } && requests.last == "picture.commit()", "\(requests)")
    }
}
