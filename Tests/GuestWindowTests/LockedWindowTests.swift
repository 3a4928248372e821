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

@Suite("A window that nobody gets out of")
struct LockedWindowTests {
    private let picture = ScriptedSource.Memory(width: 320, height: 240)
    private let inhibit = "keyboard_shortcuts_inhibit_manager.inhibit_shortcuts(new inhibitor, picture, seat)"

    private static func locked(exit: String? = nil, host: String = "") throws -> InputOptions {
        InputOptions(chords: ChordTable(lockedBut: try exit.map { text in try Chord(text) }, host: try Chord.list(host)))
    }

    @Test("it has the compositor's shortcuts with its first focus, without a guest that types, too, and says nothing of it")
    func shortcuts() throws {
        let world = try World.showing(picture, input: try Self.locked())
        world.server.enterKeyboard()
        #expect(try world.requests() == [inhibit])
        world.strike("leftctrl", "leftalt", "g")
        #expect(try world.requests() == [])
        world.server.leaveKeyboard()
        #expect(try world.requests() == ["inhibitor.destroy()"])
        world.server.enterKeyboard()
        #expect(try world.requests() == [inhibit])
        world.owner.close()
        try world.compositor.connection.flush()
        let end = try world.requests()
        #expect(end.contains("inhibitor.destroy()"), "\(end)")
    }

    @Test("another guest finds everything still grabbed")
    func otherGuest() throws {
        let sink = ScriptedSink()
        let world = try World.showing(picture, sink: sink, input: try Self.locked())
        world.server.enterKeyboard()
        #expect(try world.requests() == [inhibit])
        world.window.detach(.lost(SourceError(.unavailable, "gone")))
        world.owner.attach(world.guest, input: sink)
        #expect(try world.requests().filter { $0.contains("inhibit") } == [])
    }

    @Test("its keyboard belongs to the guest, with all chords of other windows but the listed ones")
    func chords() throws {
        let world = try World.typing(input: try Self.locked(host: "ctrl+alt+delete"))
        for last in ["g", "s", "m", "enter", "end"] {
            world.strike("leftctrl", "leftalt", last)
            #expect(try world.typed() == "+leftctrl +leftalt +\(last) -\(last) -leftalt -leftctrl")
        }
        #expect(world.owner.screenshots == [])
        world.strike("leftctrl", "leftalt", "delete")
        #expect(try world.typed() == "+leftctrl +leftalt -leftalt -leftctrl")
        // Not even while a listed chord may be coming the compositor has its shortcuts.
        #expect(try world.requests().filter { $0.contains("inhibit") } == [])
    }

    @Test("it takes the keyboard from a guest that is to have pointer and touch alone, and the exit chord works")
    func noKeys() throws {
        var options = try Self.locked(exit: "ctrl+alt+q")
        options.givesKeys = false
        let world = try World.typing(input: options)
        world.strike("a")
        world.strike("leftctrl", "leftalt", "g")
        #expect(try world.typed() == "")
        world.server.enterPointer(x: 10, y: 10)
        try world.settle()
        #expect(world.sink!.take().isEmpty == false)
        world.strike("leftctrl", "leftalt", "q")
        try world.settle()
        guard case .left? = world.endings.first else { return #expect(Bool(false), "\(world.endings)") }
    }

    @Test("without an exit chord there is none")
    func noExit() throws {
        let world = try World.typing(input: try Self.locked())
        for last in ["q", "x", "escape", "f4"] { world.strike("leftctrl", "leftalt", last) }
        try world.settle()
        #expect(world.endings.isEmpty)
    }

    @Test("its pointer stays in it, and can't be seen where no guest gets it")
    func pointer() throws {
        let world = try World.showing(picture, input: try Self.locked())
        world.server.enterPointer(x: 10, y: 10)
        let requests = try world.requests().map(withoutPointerSerial)
        #expect(requests.contains { $0.contains("confine_pointer") }, "\(requests)")
        #expect(requests.contains { $0.contains("set_cursor(nil") }, "\(requests)")
    }

    @Test("a window without notices is dark where another one says why there is no picture")
    func noNotices() throws {
        let world = try World(choose: { $0.hasNotices = false })
        try world.open(isAwaited: true)
        let opening = try world.requests()
        world.window.detach(.awaited(SourceError(.unavailable, "nobody is there")))
        let (requests, _) = try world.next()
        #expect(requests.contains { $0.hasPrefix("picture.attach") }, "\(opening) \(requests)")
        world.window.say("something")
        #expect(try (opening + requests + world.requests()).filter { $0.contains("notice") } == [])
    }
}
