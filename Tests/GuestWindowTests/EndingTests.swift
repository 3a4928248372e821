// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import Measurement
import Planes
@testable import GuestView
@testable import GuestWindow
@testable import Surfaces
import TestCompositor
import TestSupport
import Testing
import Wayland

@Suite("How a window ends")
struct EndingTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)
    private let cursor = ScriptedSource.Memory(width: 64, height: 64, format: .argb8888)

    private func given() -> [Int] { [picture.descriptorsGivenAway, cursor.descriptorsGivenAway] }

    /// Everything has come to its end once, for a reason that starts with these words.
    private func expectEnd(_ world: World, _ reason: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        try world.settle()
        try world.wait(nanoseconds: 5_000_000)
        #expect(world.endings.count == 1, sourceLocation: sourceLocation)
        let text = world.endings.first.map { "\($0)" } ?? "none"
        #expect(text.contains(reason), sourceLocation: sourceLocation)
        #expect(world.guest.isClosed, sourceLocation: sourceLocation)
        #expect(given() == [0, 0], sourceLocation: sourceLocation)
        // A source that doesn't know yet changes nothing.
        world.guest.announce()
        try world.settle()
        #expect(world.endings.count == 1, sourceLocation: sourceLocation)
    }

    @Test("the compositor goes while an import is pending: told once, every descriptor given back")
    func goneWhileImporting() throws {
        let world = try World { $0.imports = .later }
        world.guest.show(.primary, picture)
        world.guest.show(.cursor, cursor)
        try world.open()
        try world.settle()
        #expect(world.server.unansweredImports == 2)
        #expect(given() == [1, 1])
        world.server.hangUp()
        try expectEnd(world, "compositor(\"the compositor is gone")
    }

    @Test("the compositor goes while a frame is in flight: told once, every descriptor given back")
    func goneInFlight() throws {
        let world = try World.showing(picture, cursor: cursor) { $0.showsAtOnce = false }
        world.guest.show(.primary, picture)
        world.guest.announce()
        try world.settle()
        #expect(given() == [1, 1])
        let socket = try #require(identity(of: world.compositor.connection.descriptor))
        world.server.hangUp()
        try expectEnd(world, "compositor(\"the compositor is gone")
        world.dropClient()
        #expect(openDescriptors(device: socket.device, inode: socket.inode) == 0)
    }

    private func identity(of descriptor: CInt) -> (device: UInt64, inode: UInt64)? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? (UInt64(status.st_dev), UInt64(status.st_ino)) : nil
    }

    @Test("a protocol error is told with the interface and the code")
    func protocolError() throws {
        let world = try World.showing(picture, cursor: cursor)
        world.server.postError(code: 2, message: "a test's whim")
        try expectEnd(world, "reports error 2 on wl_surface@")
    }

    @Test("a global that goes away is no reason to end", arguments: ["wp_presentation", "wl_shm", "zwp_linux_dmabuf_v1"])
    func globalRemoved(_ interface: String) throws {
        let world = try World.showing(picture)
        world.server.remove(interface)
        #expect(try world.requests() == [])
        #expect(try world.after { world.guest.show(.primary, picture) } == FramePathTests.frame("buffer1"))
        #expect(world.endings.isEmpty)
    }

    @Test("the user closes the window")
    func closed() throws {
        let world = try World.showing(picture, cursor: cursor)
        world.server.closeWindow()
        try expectEnd(world, "closed")
    }

    @Test("the user closes a window whose import was never answered")
    func closedWhileImporting() throws {
        let world = try World { $0.imports = .later }
        world.guest.show(.primary, picture)
        try world.open()
        try world.settle()
        world.server.closeWindow()
        try expectEnd(world, "closed")
    }

    @Test("the source ends, and its reason is handed on")
    func sourceEnded() throws {
        let world = try World.showing(picture, cursor: cursor)
        world.guest.end(SourceError(.unavailable, "the guest was switched off"))
        try expectEnd(world, "the guest was switched off")
    }

    @Test("a frame limit waits for the last reports")
    func limit() throws {
        let world = try World(frameLimit: 3) { $0.showsAtOnce = false }
        world.guest.show(.primary, picture)
        try world.open()
        for _ in 0..<2 {
            try world.settle()
            world.server.refresh()
            _ = try world.after { world.guest.show(.primary, picture) }
        }
        #expect(world.statistics.frames.committed == 3)
        #expect(try world.after { world.guest.show(.primary, picture) } == [])
        #expect(world.endings.isEmpty)
        world.server.refresh()
        try expectEnd(world, "closed")
        #expect(world.statistics.frames.presented == 3)
        #expect(world.statistics.frames.committed == 3)
    }

    @Test("a frame limit doesn't wait for ever for reports that never come")
    func limitWithoutReports() throws {
        let world = try World(frameLimit: 1) { $0.reports = .never }
        world.guest.show(.primary, picture)
        try world.open()
        try world.settle()
        #expect(world.endings.isEmpty)
        try world.wait(nanoseconds: 700_000_000)
        try expectEnd(world, "closed")
    }
}
