// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
@testable import GuestView
@testable import GuestWindow
import TestCompositor
import TestSupport
import Testing

@Suite("A cursor that is hidden when it stands still", .timeLimit(.minutes(5)))
struct CursorRestTests {
    private func world(cursor: ScriptedSource.Memory, sink: ScriptedSink? = nil) throws -> World {
        try World.showing(
            ScriptedSource.Memory(width: 320, height: 240), cursor: cursor, sink: sink,
            choose: { $0.hidesCursorAfter = 50_000_000 })
    }

    @Test("the guest's goes after a while, and comes back where it moves to")
    func guest() throws {
        let image = ScriptedSource.Memory(width: 32, height: 32)
        let world = try world(cursor: image)
        try #require(try hides(world))
        _ = try world.requests()
        // The picture goes on meanwhile.
        let picture = try world.after { world.guest.show(.primary, ScriptedSource.Memory(width: 320, height: 240)) }
        #expect(picture.contains { $0.hasPrefix("picture.attach") } && !picture.contains { $0.hasPrefix("cursor.attach") })
        let moved = try world.after { world.guest.show(.cursor, image, at: PixelPoint(x: 50, y: 60)) }
        #expect(moved.contains { $0.hasPrefix("cursor.attach(buffer") }, "\(moved)")
        #expect(try moved.contains("cursor.attach(nil, 0, 0)") || hides(world))
    }

    /// Whether the cursor comes to be hidden, or is already.
    private func hides(_ world: World) throws -> Bool {
        try world.loop.runUntil {
            try world.settle()
            return !world.window.view.cursor.isMapped
        }
    }

    @Test("the host's goes with it, and a movement of it brings both back")
    func host() throws {
        let world = try world(cursor: ScriptedSource.Memory(width: 32, height: 32), sink: ScriptedSink())
        world.server.enterPointer(x: 5, y: 5)
        try world.settle()
        try #require(try hides(world))
        _ = try world.requests()
        world.server.movePointer(x: 20, y: 20)
        let back = try world.requests()
        #expect(back.contains { $0.hasPrefix("cursor.attach(buffer") }, "\(back)")
    }

    @Test("as the pointer's own image it is hidden, too")
    func image() throws {
        let world = try World.showing(
            ScriptedSource.Memory(width: 320, height: 240), cursor: ScriptedSource.Memory(width: 32, height: 32),
            sink: ScriptedSink(),
            choose: {
                $0.hidesCursorAfter = 50_000_000
                $0.view.cursor = .pointer
            })
        world.server.enterPointer(x: 5, y: 5)
        var seen: [String] = []
        _ = try world.loop.runUntil {
            seen += try world.requests().map(withoutPointerSerial)
            return seen.contains { $0.contains("set_cursor(nil") }
        }
        world.server.movePointer(x: 20, y: 20)
        let back = try world.requests().map(withoutPointerSerial)
        #expect(back.contains { $0.contains("set_cursor(") && !$0.contains("set_cursor(nil") }, "\(back)")
    }
}
