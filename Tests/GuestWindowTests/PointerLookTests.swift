// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
@testable import GuestView
@testable import GuestWindow
@testable import Surfaces
import TestCompositor
import TestSupport
import Testing

@Suite("The host's pointer makes room for the guest's cursor")
struct PointerLookTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)
    private let cursor = ScriptedSource.Memory(width: 16, height: 16, format: .argb8888)
    private let hidden = "pointer.set_cursor(nil, 0, 0)", arrow = "cursor_shape_device.set_shape(1)"

    private func looks(_ requests: [String]) -> [String] {
        requests.filter { $0.contains("set_cursor") || $0.contains("set_shape") }
            .map(withoutPointerSerial)
    }

    @Test("it is an arrow until the guest shows a cursor, hidden over one, and stays so when the guest hides its own")
    func guestsCursor() throws {
        let world = try World.showing(picture, sink: ScriptedSink())
        world.server.enterPointer(x: 5, y: 5)
        #expect(looks(try world.requests()) == [arrow])
        #expect(looks(try world.after { world.guest.show(.cursor, cursor) }) == [hidden])
        #expect(looks(try world.after { world.guest.move(.cursor, cursor, to: PixelPoint(x: 9, y: 9)) }) == [])
        #expect(looks(try world.after { world.guest.turnOff(.cursor) }) == [])
        #expect(looks(try world.after { world.guest.show(.primary, picture) }) == [])
        world.server.leavePointer()
        world.server.enterPointer(x: 5, y: 5)
        #expect(looks(try world.requests()) == [hidden])
    }

    @Test("it is seen over the bars, and hidden again over the picture")
    func bars() throws {
        let world = try World.showing(picture, cursor: cursor, sink: ScriptedSink()) {
            $0.width = 640
            $0.height = 240
        }
        world.server.enterPointer(x: 200, y: 5)
        #expect(looks(try world.requests()) == [hidden])
        world.server.movePointer(x: 100, y: 5)
        world.server.movePointer(x: 99, y: 5)
        #expect(looks(try world.requests()) == [arrow])
        world.server.movePointer(x: 160, y: 5)
        #expect(looks(try world.requests()) == [hidden])
    }

    @Test("it is an arrow again over a guest in the old one's place, until that shows a cursor")
    func another() throws {
        let world = try World.showing(picture, cursor: cursor, sink: ScriptedSink())
        world.owner.reconnects = true
        world.server.enterPointer(x: 5, y: 5)
        #expect(looks(try world.requests()) == [hidden])
        world.guest.end(SourceError(.unavailable, "gone: start it"))
        _ = try world.requests()
        let next = ScriptedSource()
        next.show(.primary, picture)
        world.owner.attach(next, input: ScriptedSink())
        #expect(looks(try world.requests()).last == arrow)
        next.show(.cursor, cursor)
        next.announce()
        #expect(looks(try world.requests()) == [hidden])
    }

    @Test("it is an arrow where the user doesn't want the guest's cursor")
    func unwanted() throws {
        let world = try World(cursor: .hidden, sink: ScriptedSink())
        world.guest.show(.primary, picture)
        world.guest.show(.cursor, cursor)
        try world.open()
        _ = try world.requests()
        world.server.enterPointer(x: 5, y: 5)
        #expect(looks(try world.requests()) == [arrow])
    }

    @Test("where a compositor has no shapes the arrow is one of ours, drawn once")
    func withoutShapes() throws {
        let world = try World.showing(picture, sink: ScriptedSink()) { $0.missing = ["wp_cursor_shape_manager_v1"] }
        world.server.enterPointer(x: 5, y: 5)
        #expect(
            try world.requests().map(withoutPointerSerial) == [
                "shm.create_pool(new pool, fd, 816)", "pool.create_buffer(new buffer2, 0, 12, 17, 48, 0)", "pool.destroy()",
                "compositor.create_surface(new surface)", "surface.attach(buffer2, 0, 0)",
                "surface.damage_buffer(0, 0, 12, 17)", "surface.commit()", "pointer.set_cursor(surface, 0, 0)",
            ])
        #expect(looks(try world.after { world.guest.show(.cursor, cursor) }) == [hidden])
        #expect(looks(try world.after { world.guest.turnOff(.cursor) }) == [])
        world.server.leavePointer()
        world.server.enterPointer(x: 400, y: 5)
        #expect(looks(try world.requests()) == ["pointer.set_cursor(surface, 0, 0)"])
    }
}
