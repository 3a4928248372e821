// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import GuestInput
import Planes
import TestCompositor
import TestSupport
import Testing

@testable import GuestView
@testable import GuestWindow
@testable import Surfaces

@Suite("A window whose guest gets no input")
struct ViewOnlyTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)
    private let cursor = ScriptedSource.Memory(width: 16, height: 16, format: .argb8888)

    @Test("the window's own chords work, and nothing else of the keyboard does anything")
    func chords() throws {
        let world = try World.showing(picture)
        world.server.enterKeyboard()
        _ = try world.requests()
        world.strike("ctrl", "alt", "enter")
        #expect(try world.requests() == ["toplevel.set_fullscreen(nil)"])
        world.strike("ctrl", "alt", "s")
        #expect(try world.requests() == [] && world.owner.screenshots == ["scripted guest"])
        world.strike("ctrl", "alt", "g")
        world.strike("ctrl", "alt", "end")
        world.strike("s")
        #expect(try world.requests() == [] && world.owner.screenshots.count == 1)
    }

    @Test("the host's pointer is an arrow over the guest's cursor too, and hidden when somebody takes the input")
    func pointer() throws {
        let world = try World.showing(picture, cursor: cursor)
        world.server.enterPointer(x: 5, y: 5)
        let entered = try world.requests().map(withoutPointerSerial)
        #expect(
            entered == [
                "cursor_shape_manager.get_pointer(new cursor_shape_device, pointer)", "cursor_shape_device.set_shape(1)",
            ])
        world.server.movePointer(x: 100, y: 100)
        #expect(try world.requests() == [])
        world.owner.reconnects = true
        world.guest.end(SourceError(.unavailable, "gone"))
        let next = ScriptedSource()
        next.show(.primary, picture)
        next.show(.cursor, cursor)
        world.owner.attach(next, input: ScriptedSink())
        #expect(try world.requests().map(withoutPointerSerial).contains("pointer.set_cursor(nil, 0, 0)"))
    }
}
