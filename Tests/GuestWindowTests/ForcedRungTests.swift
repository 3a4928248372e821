// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Measurement
import Planes
import TestCompositor
import TestSupport
import Testing

@testable import GuestView
@testable import GuestWindow

@Suite("A rung that is forced on a window which shows a picture")
struct ForcedRungTests {
    private let pictures = (0..<2).map { _ in ScriptedSource.Memory(width: 320, height: 240) }
    private let cursor = ScriptedSource.Memory(width: 64, height: 32, format: .argb8888)

    private static let importing = [
        "linux_dmabuf.create_params(new params)", "params.add(fd, 0, 0, 1280, 0, 0)", "params.create(320, 240, XR24, 0)",
        "params.destroy()",
    ]

    private static func pool(_ buffer: String) -> [String] {
        [
            "shm.create_pool(new pool, fd, 307200)", "pool.create_buffer(new \(buffer), 0, 320, 240, 1280, 1)",
            "pool.destroy()",
        ]
    }

    private func force(_ path: Statistics.Path?, on world: World) throws -> [String] {
        world.window.force(path)
        return try world.requests()
    }

    @Test("shows the picture again, imported anew, and what comes after it; the old import goes when it was released")
    func switched() throws {
        let world = try World.showing(pictures[0])
        #expect(try force(.sharedMemory, on: world) == Self.pool("buffer2") + FramePathTests.frame("buffer2"))
        #expect(world.statistics.path == .sharedMemory && world.statistics.frames.committed == 2)
        #expect(world.statistics.frames.superseded == 0 && world.statistics.buffers.live == 2)
        let next = try world.after { world.guest.show(.primary, pictures[1]) }
        #expect(next == Self.pool("buffer3") + FramePathTests.frame("buffer3") + ["buffer1.destroy()"], "\(next)")
        #expect(try world.after { world.guest.show(.primary, pictures[0]) } == FramePathTests.frame("buffer2"))
        #expect(try force(.dmabuf, on: world) == Self.importing + FramePathTests.frame("buffer4") + ["buffer3.destroy()"])
        #expect(world.statistics.path == .dmabuf)
        #expect(
            try world.after { world.guest.show(.primary, pictures[0]) } == FramePathTests.frame("buffer4") + ["buffer2.destroy()"]
        )
        #expect(world.server.liveBuffers == 1 && pictures.map(\.descriptorsGivenAway) == [1, 0])
        world.owner.close()
        #expect(pictures.map(\.descriptorsGivenAway) == [0, 0])
    }

    @Test("the guest hears of memory that was imported twice only when the compositor has released both")
    func released() throws {
        let world = try World.showing(pictures[0]) { $0.releases = .late(commits: 100) }
        _ = try force(.sharedMemory, on: world)
        _ = try world.after { world.guest.show(.primary, pictures[1]) }
        #expect(world.guest.released.isEmpty && world.server.liveBuffers == 3)
        // The first is released, and then the second.
        world.server.surface("picture")!.releaseReplaced()
        try world.settle()
        #expect(world.guest.released.map(\.identity) == [pictures[0].identity])
        _ = try world.after { world.guest.show(.primary, pictures[1]) }
        #expect(world.server.liveBuffers == 2)
    }

    @Test("the guest doesn't hear that its memory is free when it was copied, while the compositor reads it over the old rung")
    func copied() throws {
        let world = try World.showing(pictures[0]) { $0.releases = .late(commits: 100) }
        #expect(try force(.copy, on: world).suffix(5) == FramePathTests.frame("buffer2"))
        #expect(world.statistics.path == .copy && world.statistics.bytesCopied == 320 * 240 * 4)
        #expect(world.guest.committed.count == 2 && world.guest.released.isEmpty)
        world.server.surface("picture")!.releaseReplaced()
        try world.settle()
        #expect(world.guest.released.map(\.identity) == [pictures[0].identity])
        let next = try world.after { world.guest.show(.primary, pictures[0]) }
        #expect(next == FramePathTests.frame("buffer3") + ["buffer1.destroy()"], "\(next)")
        #expect(world.guest.released.count == 2)
    }

    @Test("the cursor goes over it too")
    func cursorToo() throws {
        let world = try World.showing(pictures[0], cursor: cursor)
        let requests = try force(.sharedMemory, on: world)
        #expect(
            requests == Self.pool("buffer3") + [
                "shm.create_pool(new pool, fd, 8192)", "pool.create_buffer(new buffer4, 0, 64, 32, 256, 0)", "pool.destroy()",
                "picture.attach(buffer3, 0, 0)", "picture.damage_buffer(0, 0, 320, 240)",
                "presentation.feedback(picture, new feedback)", "cursor.attach(buffer4, 0, 0)",
                "cursor.damage_buffer(0, 0, 64, 32)", "cursor.commit()", "picture.frame(new callback)", "picture.commit()",
            ], "\(requests)")
        let next = try world.after { world.guest.show(.cursor, cursor, at: PixelPoint(x: 10, y: 20)) }
        #expect(next.suffix(2).sorted() == ["buffer1.destroy()", "buffer2.destroy()"], "\(next)")
        #expect(world.server.liveBuffers == 2 && cursor.descriptorsGivenAway == 1)
        _ = try force(.copy, on: world)
        // The statistics are the picture's.
        #expect(world.statistics.path == .copy && world.statistics.bytesCopied == 320 * 240 * 4)
        #expect(world.server.liveBuffers > 2 && world.log.warnings.isEmpty)
    }

    @Test("takes the place of an import that the compositor hasn't answered, whose memory is given back")
    func whileImporting() throws {
        let world = try World.showing(pictures[0])
        world.server.behaviour.imports = .later
        _ = try world.after { world.guest.show(.primary, pictures[1]) }
        #expect(pictures[1].descriptorsGivenAway == 1)
        #expect(
            try force(.sharedMemory, on: world) == ["params.destroy()"] + Self.pool("buffer2") + FramePathTests.frame("buffer2"))
        #expect(pictures[1].descriptorsGivenAway == 1 && world.server.liveBuffers == 2)
    }

    @Test("that can't take the picture is said, and any other one shows it again")
    func unusable() throws {
        let world = try World.showing(pictures[0])
        world.server.behaviour.imports = .failed
        #expect(try force(.dmabuf, on: world) == Self.importing)
        #expect(world.statistics.path == .none && world.log.warnings.count == 1)
        #expect(world.statistics.pathReason == "the compositor failed to import XR24 LINEAR")
        #expect(try force(nil, on: world) == Self.pool("buffer2") + FramePathTests.frame("buffer2"))
        #expect(world.statistics.path == .sharedMemory)
    }

    @Test("again and again leads to no more buffers than the compositor may hold, and to none when the guest is another one")
    func bound() throws {
        let world = try World.showing(pictures[0]) { $0.releases = .never }
        for turn in 0..<70 { _ = try force(turn % 2 == 0 ? .sharedMemory : .dmabuf, on: world) }
        #expect(world.server.liveBuffers == 64)
        world.owner.reconnects = true
        world.guest.end(SourceError(.unavailable, "gone"))
        // A picture that nobody can show again stays.
        #expect(try force(.sharedMemory, on: world) == [])
        let next = ScriptedSource()
        next.show(.primary, pictures[1])
        world.owner.attach(next)
        let requests = try world.requests()
        #expect(requests.starts(with: Self.pool("buffer65") + FramePathTests.frame("buffer65")), "\(requests)")
        #expect(world.server.liveBuffers == 1 && pictures.map(\.descriptorsGivenAway) == [0, 1])
    }

    @Test("before there is a guest is used from its first picture on")
    func early() throws {
        let world = try World()
        world.guest.show(.primary, pictures[0])
        try world.open(isAwaited: true)
        #expect(!(try force(.copy, on: world)).contains { $0.contains("attach") })
        world.owner.attach(world.guest)
        try world.settle()
        #expect(world.statistics.path == .copy)
    }

    @Test("a guest that turns its display off just then is dark after a moment")
    func off() throws {
        let world = try World.showing(pictures[0])
        world.guest.turnOff(.primary)
        _ = try force(.copy, on: world)
        #expect(try world.next().requests.contains("picture.attach(black, 0, 0)"))
    }
}
