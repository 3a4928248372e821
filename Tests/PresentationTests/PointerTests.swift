// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import Presentation
import TestCompositor
import TestSupport
import Testing

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
        #expect(first.contains("seat.get_pointer(new pointer)"))
        #expect(!first.contains { $0.contains("get_subsurface") })
        world.server.enterPointer()
        #expect(try world.requests().map(withoutSerial) == ["pointer.set_cursor(surface, 0, 0)"])
        // Where the guest believes its cursor to be is the host pointer's business.
        #expect(try world.after { world.guest.move(.cursor, cursor, to: PixelPoint(x: 50, y: 60)) } == [])
        let other = ScriptedSource.Memory(width: 32, height: 32, format: .argb8888)
        let changed = try world.after { world.guest.show(.cursor, other) }.map(withoutSerial)
        #expect(changed.last == "pointer.set_cursor(surface, 0, 0)")
        #expect(changed.contains("surface.commit()"))
        #expect(!changed.contains("picture.commit()"))
        world.server.leavePointer()
        #expect(try world.requests() == [])
    }

    private func withoutSerial(_ request: String) -> String {
        request.replacing(#/set_cursor\(\d+, /#, with: "set_cursor(")
    }
}
