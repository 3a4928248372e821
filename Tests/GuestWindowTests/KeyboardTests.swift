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
import WaylandServer

@Suite("Typing over the window")
struct KeyboardTests {
    @Test("keys go to the guest by their codes, with nothing sent to the compositor")
    func keys() throws {
        let world = try World.typing { $0.keymap = .layout("de") }
        world.strike("leftshift", "z")
        // Keys that no layout has, and no keyboard.
        for code in [240, 255, 256, 767, 0x7FFF_FFFF, UInt32.max - 8, UInt32.max] as [UInt32] {
            world.server.press(KeyCode(rawValue: code), isDown: true)
            world.server.press(KeyCode(rawValue: code), isDown: false)
        }
        #expect(
            try world.typed()
                == "+leftshift +z -z -leftshift +240 -240 +255 -255 +256 -256 +767 -767 +2147483647 -2147483647 "
                + "+4294967287 -4294967287 +4294967295 -4294967295")
        #expect(try world.requests() == [])
    }

    @Test("a window that loses the focus with Alt held leaves no Alt in the guest")
    func focusLost() throws {
        let world = try World.typing()
        world.server.press(key("leftalt"), isDown: true)
        world.server.press(key("tab"), isDown: true)
        #expect(try world.typed() == "+leftalt +tab")
        world.server.leaveKeyboard()
        #expect(try world.typed() == "-tab -leftalt")
        world.server.enterKeyboard()
        world.strike("a")
        #expect(try world.typed() == "+a -a")
    }

    @Test("keys that are down when the focus comes aren't typed, and a modifier among them counts with the next key")
    func heldBefore() throws {
        let world = try World.typing()
        world.server.leaveKeyboard()
        world.server.enterKeyboard(holding: [key("leftalt"), key("tab")])
        #expect(try world.typed() == "")
        world.strike("f4")
        #expect(try world.typed() == "+leftalt +f4 -f4")
        world.server.press(key("tab"), isDown: false)
        world.server.press(key("leftalt"), isDown: false)
        #expect(try world.typed() == "-leftalt")
    }

    @Test("a click is one with Ctrl where that was down before the focus came")
    func heldClick() throws {
        let world = try World.typing()
        world.server.leaveKeyboard()
        world.server.enterPointer(x: 5, y: 5)
        world.server.enterKeyboard(holding: [key("leftctrl")])
        world.server.press(button: 0x110, isDown: true)  // BTN_LEFT
        try world.settle()
        let events = world.sink!.take().filter { if case .place = $0 { false } else { true } }
        #expect(events == [.key(key("leftctrl"), isDown: true), .button(.left, isDown: true)])
    }

    @Test("a seat that is removed with a key down leaves none in the guest, and another one types")
    func seatRemoved() throws {
        let world = try World.typing()
        world.server.press(key("leftctrl"), isDown: true)
        world.server.press(key("c"), isDown: true)
        #expect(try world.typed() == "+leftctrl +c")
        world.server.remove("wl_seat")
        #expect(try world.requests() == ["keyboard.release()", "pointer.release()", "seat.release()"])
        #expect(try world.typed() == "-c -leftctrl")
        world.server.addSeat()
        // The first is the bind, which has the global's number in it.
        #expect(try world.requests().dropFirst() == ["seat.get_keyboard(new keyboard)", "seat.get_pointer(new pointer)"])
        world.server.enterKeyboard()
        world.strike("a")
        #expect(try world.typed() == "+a -a")
    }

    @Test("a keyboard that is pulled out with a key down leaves none in the guest")
    func keyboardRemoved() throws {
        let world = try World.typing()
        world.server.press(key("a"), isDown: true)
        world.server.change(devices: [.pointer])
        #expect(try world.requests() == ["keyboard.release()"])
        #expect(try world.typed() == "+a -a")
    }

    @Test("what is down in the guest comes up when the window is closed, and when the guest takes no keys any more")
    func ending() throws {
        let world = try World.typing()
        world.server.press(key("a"), isDown: true)
        #expect(try world.typed() == "+a")
        world.sink!.abilities.keyboard = false
        world.sink!.announce()
        #expect(try world.typed() == "-a")
        world.strike("b")
        #expect(try world.typed() == "")
        world.sink!.abilities.keyboard = true
        world.sink!.announce()
        world.server.press(key("c"), isDown: true)
        #expect(try world.typed() == "+c")
        world.owner.close()
        #expect(try world.typed() == "-c")
        #expect(world.sink!.inputDelegate == nil)
    }

    @Test(
        "a chord's key is where the user's layout has it",
        arguments: [
            ("us", "ctrl+alt+a", "a"), ("fr", "ctrl+alt+a", "q"), ("de", "ctrl+alt+y", "z"),
            // AZERTY has its digits with Shift.
            ("fr", "ctrl+alt+1", "1"),
            // A layout without Latin letters: as on a US keyboard.
            ("ru", "ctrl+alt+a", "a"),
        ])
    func chordByLayout(layout: String, chord: String, name: String) throws {
        let world = try World.typing(input: InputOptions(chords: ChordTable(grab: Chord(chord)))) {
            $0.keymap = .layout(layout)
        }
        world.strike("leftctrl", "leftalt", name)
        #expect(
            try world.requests().first == "keyboard_shortcuts_inhibit_manager.inhibit_shortcuts(new inhibitor, picture, seat)")
        #expect(try world.typed() == "+leftctrl +leftalt -leftalt -leftctrl")
    }

    @Test("a keymap that changes while keys are down keeps them down, and has its own chords")
    func changingKeymap() throws {
        let world = try World.typing(input: InputOptions(chords: ChordTable(grab: Chord("ctrl+alt+a"))))
        world.server.press(key("leftctrl"), isDown: true)
        world.server.press(key("leftalt"), isDown: true)
        try world.settle()
        world.server.behaviour.keymap = .layout("fr")
        world.server.sendKeymap()
        world.server.press(key("q"), isDown: true)
        #expect(try world.typed() == "+leftctrl +leftalt")
        #expect(world.server.hasInhibitor)
        world.server.press(key("leftalt"), isDown: false)
        world.server.press(key("leftctrl"), isDown: false)
        #expect(try world.typed() == "-leftalt -leftctrl")
    }

    @Test(
        "a keymap that can't be used is told of once, keys still go by their codes, and chords are where a US keyboard has them",
        arguments: [
            (Behaviour.Keymap.broken("no keymap"), "xkbcommon doesn't understand it"),
            (.broken(""), "xkbcommon doesn't understand it"),
            (.sized(0, layout: "us"), "it has 0 bytes"), (.sized(1 << 30, layout: "us"), "it has 1073741824 bytes"),
            (.sized(1 << 20, layout: "us"), "of its 1048576 bytes are there"),
        ])
    func brokenKeymap(keymap: Behaviour.Keymap, fault: String) throws {
        let world = try World.typing { $0.keymap = keymap }
        world.server.leaveKeyboard()
        world.server.enterKeyboard()
        world.strike("leftshift", "a")
        #expect(try world.typed() == "+leftshift +a -a -leftshift")
        world.strike("leftctrl", "leftalt", "g")
        try world.settle()
        #expect(world.server.hasInhibitor)
        #expect(world.log.warnings.count == 1)
        let warning = try #require(world.log.warnings.first)
        #expect(warning.hasPrefix("the compositor's keymap isn't used: "))
        #expect(warning.contains(fault))
    }

    @Test("a chord asks for full screen, and when that is there for its end")
    func fullscreen() throws {
        let world = try World.typing()
        world.strike("leftctrl", "leftalt", "enter")
        #expect(try world.requests() == ["toplevel.set_fullscreen(nil)"])
        world.server.configure(width: 640, height: 480, states: [.fullscreen])
        _ = try world.requests()
        world.strike("leftctrl", "leftalt", "enter")
        #expect(try world.requests() == ["toplevel.unset_fullscreen()"])
    }

    @Test("Ctrl+Alt+End is Ctrl+Alt+Del in the guest")
    func sendDelete() throws {
        let world = try World.typing()
        world.strike("leftctrl", "leftalt", "end")
        #expect(
            try world.typed()
                == "+leftctrl +leftalt -leftalt -leftctrl +leftctrl +leftalt +delete -delete -leftalt -leftctrl")
    }

    @Test("the guest's lock keys follow the host's when the focus comes, and once")
    func locks() throws {
        let world = try World.showing(ScriptedSource.Memory(width: 320, height: 240), sink: ScriptedSink())
        world.sink!.locks = []
        world.sink!.announce()
        world.server.enterKeyboard()
        world.strike("capslock")
        #expect(try world.typed() == "+capslock -capslock")
        world.sink!.locks = .caps
        world.sink!.announce()
        #expect(try world.typed() == "")
        // Elsewhere the guest's has gone out.
        world.server.leaveKeyboard()
        try world.settle()
        world.sink!.locks = []
        world.sink!.announce()
        #expect(try world.typed() == "")
        world.server.enterKeyboard()
        #expect(try world.typed() == "+capslock -capslock")
        world.sink!.locks = .caps
        world.sink!.announce()
        world.strike("a")
        #expect(try world.typed() == "+a -a")
    }
}
