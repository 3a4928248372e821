// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import GuestInput
import Planes
@testable import GuestView
@testable import GuestWindow
@testable import Surfaces
import TestCompositor
import TestSupport
import Testing
import Wayland
import WaylandServer

@Suite("The keyboard for the guest alone")
struct GrabTests {
    private let inhibit = "keyboard_shortcuts_inhibit_manager.inhibit_shortcuts(new inhibitor, picture, seat)"
    private let hint = "toplevel.set_title(\"test - press Ctrl+Alt+G to release the keyboard\")"
    private let plain = "toplevel.set_title(\"test\")"

    private func toggle(_ world: World) { world.strike("leftctrl", "leftalt", "g") }

    @Test("the chord asks for the compositor's shortcuts, and the title says how to leave; again, and both are given back")
    func chord() throws {
        let world = try World.typing()
        toggle(world)
        #expect(try world.requests() == [inhibit, hint])
        toggle(world)
        #expect(try world.requests() == ["inhibitor.destroy()", plain])
        #expect(try world.typed() == "+leftctrl +leftalt -leftalt -leftctrl +leftctrl +leftalt -leftalt -leftctrl")
    }

    @Test("the title speaks of the keyboard only while the compositor says that it is the guest's, and else of the pointer")
    func answers() throws {
        let world = try World.typing { $0.inhibitsShortcuts = false }
        toggle(world)
        #expect(try world.requests() == [inhibit])
        world.server.inhibit(true)
        #expect(try world.requests() == [hint])
        world.server.inhibit(false)
        #expect(try world.requests() == [hint.replacing("keyboard", with: "pointer")])
        world.server.inhibit(true)
        #expect(try world.requests() == [hint])
        toggle(world)
        #expect(try world.requests() == ["inhibitor.destroy()", plain])
    }

    @Test("in full screen, where nobody sees the title, the window says for a moment how to leave")
    func inFullScreen() throws {
        let world = try World.typing()
        world.server.configure(width: 640, height: 480, states: [.fullscreen])
        _ = try world.requests()
        toggle(world)
        let requests = try world.requests()
        #expect(requests.prefix(2) == [inhibit, hint] && requests.contains("notice.commit()"), "\(requests)")
        toggle(world)
        #expect(try world.requests() == ["inhibitor.destroy()", plain])
    }

    @Test("who goes elsewhere has the host's shortcuts, and comes back without a grab")
    func focusLost() throws {
        let world = try World.typing()
        toggle(world)
        _ = try world.requests()
        world.server.leaveKeyboard()
        #expect(try world.requests() == ["inhibitor.destroy()", plain])
        world.server.enterKeyboard()
        #expect(try world.requests() == [])
    }

    @Test("with a grab on focus, the focus is enough, and the chord releases until the next")
    func onFocus() throws {
        var options = InputOptions()
        options.grabsOnFocus = true
        let world = try World.showing(ScriptedSource.Memory(width: 320, height: 240), sink: ScriptedSink(), input: options)
        world.server.enterKeyboard()
        #expect(try world.requests() == [inhibit, hint])
        toggle(world)
        #expect(try world.requests() == ["inhibitor.destroy()", plain])
        world.server.leaveKeyboard()
        #expect(try world.requests() == [])
        world.server.enterKeyboard()
        #expect(try world.requests() == [inhibit, hint])
    }

    @Test("while a host's chord may be coming the compositor has its shortcuts")
    func hostChord() throws {
        let chords = try ChordTable(grab: ChordTable.defaultGrab, host: Chord.list("super+l"))
        let world = try World.typing(input: InputOptions(chords: chords))
        toggle(world)
        #expect(try world.requests() == [inhibit, hint])
        _ = try world.typed()
        world.server.press(key("leftsuper"), isDown: true)
        #expect(try world.requests() == ["inhibitor.destroy()"])
        // With Shift it is none.
        world.server.press(key("leftshift"), isDown: true)
        #expect(try world.requests() == [inhibit])
        world.server.press(key("leftshift"), isDown: false)
        #expect(try world.requests() == ["inhibitor.destroy()"])
        // A compositor that has no such shortcut gives the key to the window: the guest doesn't get it.
        world.strike("l")
        world.server.press(key("leftsuper"), isDown: false)
        #expect(try world.requests() == [inhibit])
        #expect(try world.typed() == "+leftsuper +leftshift -leftshift -leftsuper")
    }

    @Test("the grab is lost with the seat and with the keyboard, and another one can have it")
    func seatRemoved() throws {
        let world = try World.typing()
        toggle(world)
        _ = try world.requests()
        world.server.change(devices: [.pointer])
        #expect(try world.requests() == ["inhibitor.destroy()", plain, "keyboard.release()"])
        world.server.change(devices: [.pointer, .keyboard])
        #expect(try world.requests() == ["seat.get_keyboard(new keyboard)"])
        world.server.enterKeyboard()
        toggle(world)
        #expect(try world.requests() == [inhibit, hint])
        world.server.remove("wl_seat")
        #expect(
            try world.requests()
                == [plain, "inhibitor.destroy()", "keyboard.release()", "pointer.release()", "seat.release()"])
    }

    @Test("the window's end gives the shortcuts back before the toplevel goes")
    func ending() throws {
        let world = try World.typing()
        toggle(world)
        _ = try world.requests()
        world.owner.close()
        try world.compositor.connection.flush()
        let requests = try world.requests()
        #expect(requests.prefix(2) == ["inhibitor.destroy()", plain])
        #expect(requests.contains("toplevel.destroy()"))
    }

    @Test("a compositor without the protocol is told of once, and the chord grabs what there is")
    func missing() throws {
        let world = try World.typing { $0.missing = ["zwp_keyboard_shortcuts_inhibit_manager_v1"] }
        for _ in 1...2 {
            toggle(world)
            #expect(try world.requests() == ["toplevel.set_title(\"test - press Ctrl+Alt+G to release the pointer\")"])
            toggle(world)
            #expect(try world.requests() == [plain])
        }
        #expect(world.log.warnings.count == 1)
        #expect(world.log.warnings[0].contains("zwp_keyboard_shortcuts_inhibit_manager_v1"))
    }
}
