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
import Wayland

@Suite("Buffers and their release")
struct BufferLifeTests {
    private func memories(_ count: Int, width: UInt32 = 320, height: UInt32 = 240) -> [ScriptedSource.Memory] {
        (0..<count).map { _ in ScriptedSource.Memory(width: width, height: height) }
    }

    @Test("the seventeenth buffer sends away the one used longest ago, once the compositor has released it")
    func eviction() throws {
        let buffers = memories(17)
        let world = try World.showing(buffers[0])
        for buffer in buffers[1..<16] { _ = try world.after { world.guest.show(.primary, buffer) } }
        #expect(world.server.liveBuffers == 16)
        let requests = try world.after { world.guest.show(.primary, buffers[16]) }
        #expect(requests.filter { $0.hasSuffix(".destroy()") } == ["params.destroy()", "buffer1.destroy()"])
        #expect(world.server.liveBuffers == 16)
        #expect(buffers[0].descriptorsGivenAway == 0)
    }

    @Test("a source hears of each buffer that the compositor gives back")
    func released() throws {
        let buffers = memories(2)
        let world = try World.showing(buffers[0])
        for turn in 1...4 { _ = try world.after { world.guest.show(.primary, buffers[turn % 2]) } }
        #expect(world.guest.released.map(\.identity) == [0, 1, 0, 1].map { buffers[$0].identity })
    }

    @Test("buffers released late are kept until then")
    func late() throws {
        let buffers = memories(30)
        let world = try World.showing(buffers[0]) { $0.releases = .late(commits: 20) }
        var destroyed: [String] = []
        for buffer in buffers[1...] {
            destroyed += try world.after { world.guest.show(.primary, buffer) }.filter { $0.hasPrefix("buffer") }
        }
        #expect(world.statistics.frames.committed == 30)
        // 21 commits after it was replaced the first one is released, and goes with the next import.
        #expect(destroyed == (1...7).map { "buffer\($0).destroy()" })
        #expect(world.statistics.buffers.evictions == 7)
    }

    @Test("where the compositor never releases, growth ends at 64 buffers and the last picture stays")
    func never() throws {
        let buffers = memories(70)
        let world = try World.showing(buffers[0]) { $0.releases = .never }
        for buffer in buffers[1...] { _ = try world.after { world.guest.show(.primary, buffer) } }
        #expect(world.server.liveBuffers == 64)
        #expect(world.guest.handedOut == 64)
        #expect(world.statistics.frames.committed == 64)
        #expect(try world.after { world.guest.show(.primary, buffers[3]) } == FramePathTests.frame("buffer4"))
        world.owner.close()
        #expect(buffers.map(\.descriptorsGivenAway).allSatisfy { $0 == 0 })
    }

    @Test("buffers that rotate need no release at all")
    func rotationWithoutRelease() throws {
        let buffers = memories(3)
        let world = try World.showing(buffers[0]) { $0.releases = .never }
        for turn in 1..<50 { _ = try world.after { world.guest.show(.primary, buffers[turn % 3]) } }
        #expect(world.statistics.frames.committed == 50)
        #expect(world.statistics.buffers.imports == 3)
        #expect(world.statistics.buffers.cacheHits == 47)
    }

    @Test("a picture for which the compositor held too many buffers goes out when it releases one, without a word from the guest")
    func fullUntilReleased() throws {
        let buffers = memories(65)
        let world = try World.showing(buffers[0]) { $0.releases = .never }
        for buffer in buffers[1...] { _ = try world.after { world.guest.show(.primary, buffer) } }
        #expect(world.statistics.frames.committed == 64)
        world.server.surface("picture")!.releaseCurrent()
        let requests = try world.requests()
        #expect(requests.contains("buffer64.destroy()") && requests.contains("picture.attach(buffer65, 0, 0)"), "\(requests)")
        #expect(world.guest.committed.map(\.generation.rawValue).last == 65)
    }

    @Test("a wl_buffer that outlives its import tells nobody of its release")
    func outlives() throws {
        let world = try World.showing(memories(1)[0])
        let pixel = world.compositor.buffers.singlePixel!.createU32RgbaBuffer(r: 0, g: 0, b: 0, a: .max)
        let memory = try world.guest.buffer(for: .primary, generation: Generation(1))
        var imported: ImportedBuffer? = ImportedBuffer(memory, path: .dmabuf, buffer: pixel)
        imported!.listen { Issue.record("told of a release") }
        let held = BufferCache<ImportedBuffer>().attachable(imported!, damage: .everything)!
        #expect(held.onRelease != nil)
        imported = nil
        #expect(held.onRelease == nil)
    }

    @Test("a mode switch destroys the idle buffers of the old size at once, and a busy one when it was released")
    func modeSwitch() throws {
        let old = memories(2)
        let small = memories(1, width: 160, height: 120)[0]
        let world = try World.showing(old[0])
        _ = try world.after { world.guest.show(.primary, old[1]) }
        let switching = try world.after { world.guest.show(.primary, small) }
        #expect(
            switching == [
                "linux_dmabuf.create_params(new params)", "params.add(fd, 0, 0, 640, 0, 0)", "params.create(160, 120, XR24, 0)",
                "params.destroy()", "buffer1.destroy()", "xdg_surface.set_window_geometry(0, 0, 160, 120)",
                "picture.viewport.set_destination(160, 120)", "compositor.create_region(new region)",
                "region.add(0, 0, 160, 120)", "picture.set_opaque_region(region)", "region.destroy()",
                "picture.attach(buffer3, 0, 0)", "picture.damage_buffer(0, 0, 160, 120)",
                "presentation.feedback(picture, new feedback)", "picture.frame(new callback)", "picture.commit()",
            ])
        let next = try world.after { world.guest.show(.primary, small) }
        #expect(
            next == [
                "buffer2.destroy()", "picture.attach(buffer3, 0, 0)", "picture.damage_buffer(0, 0, 160, 120)",
                "presentation.feedback(picture, new feedback)", "picture.frame(new callback)", "picture.commit()",
            ])
        #expect(old.map(\.descriptorsGivenAway) == [0, 0])
    }

    @Test("a mode switch is drawn whole, whatever the guest says of its damage")
    func modeSwitchDamage() throws {
        let world = try World.showing(memories(1)[0])
        let small = memories(1, width: 160, height: 120)[0]
        let requests = try world.after {
            world.guest.show(.primary, small, damage: .rectangle(PixelRectangle(x: 0, y: 0, width: 1, height: 1)))
        }
        #expect(requests.filter { $0.hasPrefix("picture.damage") } == ["picture.damage_buffer(0, 0, 160, 120)"])
    }

    @Test("an import answered late is shown late; the changes in between send nothing")
    func lateAnswer() throws {
        let buffers = memories(2)
        let world = try World.showing(buffers[0])
        world.server.behaviour.imports = .later
        #expect(
            try world.after { world.guest.show(.primary, buffers[1]) } == [
                "linux_dmabuf.create_params(new params)", "params.add(fd, 0, 0, 1280, 0, 0)",
                "params.create(320, 240, XR24, 0)",
            ])
        for _ in 0..<100 { #expect(try world.after { world.guest.show(.primary, buffers[1]) } == []) }
        world.server.answerImports()
        #expect(try world.requests() == ["params.destroy()"] + FramePathTests.frame("buffer2"))
        #expect(world.statistics.frames.superseded == 100)
    }

    @Test("an import answered when the guest has gone back is kept for its next turn")
    func guestWentBack() throws {
        let buffers = memories(2)
        let world = try World.showing(buffers[0])
        world.server.behaviour.imports = .later
        _ = try world.after { world.guest.show(.primary, buffers[1]) }
        _ = try world.after { world.guest.show(.primary, buffers[0]) }
        world.server.answerImports()
        #expect(try world.requests() == ["params.destroy()"] + FramePathTests.frame("buffer1"))
        #expect(try world.after { world.guest.show(.primary, buffers[1]) } == FramePathTests.frame("buffer2"))
    }
}
