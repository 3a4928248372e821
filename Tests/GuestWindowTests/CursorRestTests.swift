// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
@testable import GuestView
@testable import GuestWindow
import TestCompositor
import TestSupport
import Testing

@Suite("A cursor that is hidden when it stands still")
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
        let (hidden, _) = try world.next()
        #expect(hidden.contains("cursor.attach(nil, 0, 0)"), "\(hidden)")
        // The picture goes on meanwhile.
        let picture = try world.after { world.guest.show(.primary, ScriptedSource.Memory(width: 320, height: 240)) }
        #expect(picture.contains { $0.hasPrefix("picture.attach") } && !picture.contains { $0.hasPrefix("cursor.attach") })
        let moved = try world.after { world.guest.show(.cursor, image, at: PixelPoint(x: 50, y: 60)) }
        #expect(moved.contains { $0.hasPrefix("cursor.attach(buffer") }, "\(moved)")
        let (again, _) = try world.next()
        #expect(again.contains("cursor.attach(nil, 0, 0)"), "\(again)")
    }

    @Test("the host's goes with it, and a movement of it brings both back")
    func host() throws {
        let world = try world(cursor: ScriptedSource.Memory(width: 32, height: 32), sink: ScriptedSink())
        world.server.enterPointer(x: 5, y: 5)
        try world.settle()
        var seen: [String] = []
        _ = try world.loop.runUntil {
            seen += try world.requests()
            return seen.contains("cursor.attach(nil, 0, 0)")
        }
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
