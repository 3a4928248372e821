// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import TestCompositor
import TestSupport
import Testing
import Wayland

@testable import GuestView
@testable import GuestWindow
@testable import Surfaces

@Suite("The guest's cursor")
struct CursorTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)
    private let cursor = ScriptedSource.Memory(width: 64, height: 32, format: .argb8888)

    /// A world in which the host's pointer wears the guest's cursor.
    private func wearing(
        hotSpot: PixelPoint = .zero, at position: PixelPoint = .zero, _ behave: (inout Behaviour) -> Void = { _ in },
        choose: (inout WindowOptions) -> Void = { _ in }
    ) throws -> World {
        let world = try World(cursor: .pointer, sink: ScriptedSink(), behave, choose: choose)
        world.guest.show(.primary, picture)
        world.guest.show(.cursor, cursor, at: position, hotSpot: hotSpot)
        try world.open()
        return world
    }

    private func looks(_ world: World) throws -> [String] {
        world.server.enterPointer(x: 5, y: 5)
        return try world.requests().filter { $0.contains("set_cursor") || $0.contains("set_shape") }.map(withoutPointerSerial)
    }

    @Test("a new picture of a cursor that is outside isn't shown: its guest may go on")
    func outside() throws {
        let world = try World.showing(picture, cursor: cursor)
        #expect(world.guest.skipped.isEmpty)
        _ = try world.after { world.guest.show(.cursor, cursor, at: PixelPoint(x: -64, y: 50)) }
        let skipped = world.guest.skipped.map { "\($0.kind) \($0.generation.rawValue)" }
        #expect(skipped == ["\(PlaneKind.cursor) 2"])
    }

    @Test("a cursor that comes back is drawn whole, whatever the guest says of its damage")
    func damage() throws {
        let world = try World.showing(picture, cursor: cursor)
        let little = Damage.rectangle(PixelRectangle(x: 1, y: 2, width: 3, height: 4))
        let changed = try world.after { world.guest.show(.cursor, cursor, at: PixelPoint(x: 10, y: 20), damage: little) }
        #expect(changed.contains("cursor.damage_buffer(1, 2, 3, 4)"))
        _ = try world.after { world.guest.turnOff(.cursor) }
        let back = try world.after { world.guest.show(.cursor, cursor, at: PixelPoint(x: 10, y: 20), damage: little) }
        #expect(back.contains("cursor.damage_buffer(0, 0, 64, 32)"))
    }

    @Test("a cursor whose first row is its lowest is turned over")
    func flipped() throws {
        let world = try World.showing(picture, cursor: cursor)
        let requests = try world.after { world.guest.show(.cursor, cursor, at: PixelPoint(x: 10, y: 20), isFlipped: true) }
        #expect(requests.filter { $0.contains("transform") } == ["cursor.set_buffer_transform(6)"])
    }

    @Test("where nothing can be cut off, a cursor reaches over the picture's edge")
    func uncut() throws {
        let world = try World.showing(picture, cursor: cursor) { $0.missing = ["wp_viewporter"] }
        #expect(
            try world.after { world.guest.move(.cursor, cursor, to: PixelPoint(x: -4, y: 50)) } == [
                "cursor.subsurface.set_position(-4, 50)", "picture.frame(new callback)", "picture.commit()",
            ])
    }

    @Test("the host's pointer wears a cursor whole, wherever the guest believes it to be")
    func wornWhole() throws {
        let world = try wearing(at: PixelPoint(x: -4, y: 230))
        #expect(try !world.requests().contains { $0.contains("set_source") })
        #expect(try looks(world) == ["pointer.set_cursor(surface, 0, 0)"])
    }

    @Test("the hot spot is where it is on the cursor as it is shown: scaled, and turned")
    func hotSpot() throws {
        let scaled = try wearing(hotSpot: PixelPoint(x: 10, y: 4)) {
            $0.width = 640
            $0.height = 480
        }
        _ = try scaled.requests()
        #expect(try looks(scaled) == ["pointer.set_cursor(surface, 20, 8)"])
        let turned = try wearing(hotSpot: PixelPoint(x: 10, y: 4)) { _ in
        } choose: {
            $0.view.rotation = .quarter
        }
        _ = try turned.requests()
        #expect(try looks(turned) == ["pointer.set_cursor(surface, 27, 10)"])
    }

    @Test("the host's pointer is hidden while the guest hides its cursor")
    func wornHidden() throws {
        let world = try wearing()
        _ = try world.requests()
        #expect(try looks(world) == ["pointer.set_cursor(surface, 0, 0)"])
        func news(after change: () -> Void) throws -> [String] {
            try world.after(change).filter { $0.contains("set_cursor") }.map(withoutPointerSerial)
        }
        #expect(try news { world.guest.turnOff(.cursor) } == ["pointer.set_cursor(nil, 0, 0)"])
        #expect(try news { world.guest.show(.cursor, cursor) } == ["pointer.set_cursor(surface, 0, 0)"])
    }

    @Test("a window that ends takes the cursor from it before its surface goes, and before the window itself")
    func end() throws {
        let world = try World.showing(picture, cursor: cursor)
        world.owner.close()
        // Nobody flushes it any more.
        try world.compositor.connection.flush()
        let roles = ["cursor.subsurface.destroy()", "toplevel.destroy()"]
        #expect(try world.requests().filter(roles.contains) == roles)
    }
}
