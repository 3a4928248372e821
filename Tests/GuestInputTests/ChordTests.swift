// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import Testing

@testable import GuestInput

@Suite("Chords and keys as people write them")
struct ChordTests {
    @Test(
        "a chord is read in any case and order, and said as it stands on keyboards",
        arguments: [
            ("ctrl+alt+g", "Ctrl+Alt+G"), ("ALT+Control+G", "Ctrl+Alt+G"), ("super+l", "Super+L"),
            ("win+shift+pgup", "Shift+Super+Pageup"),
            ("f12", "F12"), ("ctrl+ctrl+1", "Ctrl+1"),
        ])
    func reading(text: String, said: String) throws {
        #expect(try "\(Chord(text))" == said)
    }

    @Test(
        "what isn't a chord is said in one line",
        arguments: [
            ("", KeyTextError.Reason.gap), ("ctrl+", .gap), ("+g", .gap), ("ctrl++g", .gap), ("ctrl+foo", .unknown("foo")),
            ("ctrl+alt", .noKey), ("leftctrl", .noKey), ("ctrl+a+b", .severalKeys), ("ctrl+\n", .unknown("\n")),
        ])
    func refusal(text: String, reason: KeyTextError.Reason) throws {
        let error = try #require(throws: KeyTextError.self) { try Chord(text) }
        #expect(error == KeyTextError(text, reason))
        #expect(!error.description.contains("\n"))
    }

    @Test("a list is separated by commas, and may be empty")
    func list() throws {
        #expect(try Chord.list("super+l, alt+tab") == [Chord("super+l"), Chord("alt+tab")])
        #expect(try Chord.list("") == [])
    }

    @Test("a keystroke has any keys, each once")
    func stroke() throws {
        #expect(try KeyStroke("Ctrl+Alt+Del").keys == [29, 56, 111].map(KeyCode.init))
        #expect(try KeyStroke("a").keys == [KeyCode(rawValue: 30)])
        #expect(throws: KeyTextError("a+b+a", .twice("a"))) { try KeyStroke("a+b+a") }
        #expect(throws: KeyTextError("alt+leftalt", .twice("leftalt"))) { try KeyStroke("alt+leftalt") }
        #expect(throws: KeyTextError("q+é", .unknown("é"))) { try KeyStroke("q+é") }
    }

    @Test("a host's chord needs a modifier, and isn't the grab's")
    func hostChords() throws {
        let grab = ChordTable.defaultGrab
        #expect(throws: KeyTextError("F1", .noModifier)) { try ChordTable(grab: grab, host: Chord.list("f1")) }
        #expect(throws: KeyTextError("Ctrl+Alt+G", .taken)) { try ChordTable(grab: grab, host: [grab]) }
        #expect(throws: KeyTextError("Ctrl+Alt+G", .taken)) { try ChordTable(grab: nil, host: [grab]) }
        // The default chord is free if the user chose another one for the grab.
        let table = try ChordTable(grab: Chord("ctrl+alt+q"), host: [grab])
        #expect(table.command(key("g"), KeyMeaning(modifiers: [.control, .alt])) == .leave)
        #expect(table.command(key("q"), KeyMeaning(modifiers: [.control, .alt])) == .toggleGrab)
    }

    @Test("one of the window's own chords can be left to the host, even if it was given to the guest")
    func hostBeforeOwn() throws {
        let save = KeyMeaning(modifiers: [.control, .alt])
        let table = try ChordTable(grab: nil, host: Chord.list("ctrl+alt+s"))
        #expect(table.command(key("s"), save) == .leave)
        #expect(try table.giving(Chord.list("ctrl+alt+s")).command(key("s"), save) == .leave)
        #expect(table.command(key("g"), save) == .toggleGrab)
    }

    @Test("the user's chord takes precedence over a built-in one")
    func precedence() throws {
        let own = try ChordTable(grab: Chord("ctrl+alt+enter"))
        #expect(own.command(key("enter"), KeyMeaning(modifiers: [.control, .alt])) == .toggleGrab)
        #expect(own.command(key("g"), KeyMeaning(modifiers: [.control, .alt])) == nil)
    }

    @Test("the guest gets the window's own chords that the user gives it; the user's chords stay")
    func given() throws {
        let save = KeyMeaning(modifiers: [.control, .alt])
        let table = try ChordTable(grab: Chord("ctrl+alt+enter")).giving(Chord.list("ctrl+alt+s,ctrl+alt+enter"))
        #expect(table.command(key("s"), save) == nil)
        #expect(table.command(key("enter"), save) == .toggleGrab)
        #expect(table.command(key("end"), save) == .send(try KeyStroke("ctrl+alt+delete")))
        #expect(throws: KeyTextError("Ctrl+Alt+Q", .notOurs)) { try ChordTable().giving(Chord.list("ctrl+alt+q")) }
    }

    @Test("the overlay's chord isn't the grab's, comes after the user's chords, and may be given to the guest")
    func overlay() throws {
        let both = KeyMeaning(modifiers: [.control, .alt])
        #expect(ChordTable().command(key("m"), both) == .perform(.toggleOverlay))
        #expect(try ChordTable(grab: nil, host: Chord.list("ctrl+alt+m")).command(key("m"), both) == .leave)
        #expect(try ChordTable().giving(Chord.list("ctrl+alt+m")).command(key("m"), both) == nil)
        let chosen = try ChordTable(grab: nil, overlay: Chord("ctrl+alt+s"))
        #expect(chosen.command(key("s"), both) == .perform(.toggleOverlay) && chosen.command(key("m"), both) == nil)
        #expect(try chosen.giving(Chord.list("ctrl+alt+enter")).command(key("s"), both) == .perform(.toggleOverlay))
        #expect(throws: KeyTextError("Ctrl+Alt+G", .taken)) { try ChordTable(grab: nil, overlay: Chord("ctrl+alt+g")) }
    }

    @Test("every name stands for one key, with the kernel's code")
    func names() {
        #expect(Set(NamedKey.all.map(\.name)).count == NamedKey.all.count)
        #expect(Set(NamedKey.all.map(\.code)).count == NamedKey.all.count)
        #expect(NamedKey.all.allSatisfy { NamedKey($0.name) == $0 })
        // linux/input-event-codes.h
        let known: [String: UInt32] = [
            "1": 2, "0": 11, "q": 16, "p": 25, "a": 30, "l": 38, "z": 44, "m": 50, "f1": 59, "f10": 68, "f11": 87, "f12": 88,
            "f13": 183, "f24": 194, "esc": 1, "delete": 111, "altgr": 100, "less": 86,
        ]
        for (name, code) in known { #expect(NamedKey(name)?.code.rawValue == code) }
    }
}
