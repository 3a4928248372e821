// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import System
import Testing

@testable import GuestInput

@Suite("The guest's keyboard")
struct GuestKeyboardTests {
    @Test(
        "what is typed and what the guest sees",
        arguments: [
            ("+a -a", "+a -a"),
            // Each key counts once, however often the host reports it.
            ("+a +a -a -a", "+a -a"),
            ("+shift +a -shift -a", "+leftshift +a -leftshift -a"),
            // Focus lost: the latest key comes up first.
            ("+leftalt +tab leave", "+leftalt +tab -tab -leftalt"),
            ("+leftalt leave -leftalt +a", "+leftalt -leftalt +a"),
            // A second enter without a leave.
            ("+a enter", "+a -a"),
            // Keys from before the focus aren't the guest's.
            ("enter:a -a", ""),
            ("enter:a +b -b -a", "+b -b"),
            ("enter:leftalt,tab -tab -leftalt", ""),
            // A modifier among them counts with the next key.
            ("enter:leftctrl +c -c -leftctrl", "+leftctrl +c -c -leftctrl"),
            ("enter:leftsuper,1 -1 +leftshift +a", "+leftsuper +leftshift +a"),
            ("enter:leftctrl leave enter +c", "+c"),
            ("enter:capslock -capslock", ""),
        ])
    func typing(words: String, seen: String) {
        var typing = Typing()
        #expect(typing.type(words) == seen)
    }

    @Test(
        "a key repeats in the guest while it is down there, and only then",
        arguments: [
            ("+a *a *a -a *a", "+a +a +a -a"),
            ("+a leave *a", "+a -a"),
            // A chord's key isn't down in the guest, nor is one from before the focus.
            ("+ctrl +alt +enter *enter", "+leftctrl +leftalt toggleFullscreen"),
            ("enter:a *a", ""),
            // A chord that sends keys lets go of those that are down.
            (
                "+a +ctrl +alt +end *a",
                "+a +leftctrl +leftalt -leftalt -leftctrl -a +leftctrl +leftalt +delete -delete -leftalt -leftctrl"
            ),
        ])
    func repeats(words: String, seen: String) {
        var typing = Typing()
        #expect(typing.type(words) == seen)
    }

    @Test("a key that two seats hold repeats for one of them")
    func repeatsOfTwoSeats() {
        var typing = Typing()
        #expect(typing.type("+a *a") == "+a +a")
        typing.seat = 2
        #expect(typing.type("enter +a *a") == "")
        typing.seat = 1
        #expect(typing.type("*a -a *a") == "+a")
        typing.seat = 2
        #expect(typing.type("*a -a") == "+a -a")
    }

    @Test(
        "a chord's key stays with the window",
        arguments: [
            ("+ctrl +alt +g -g -alt -ctrl", "+leftctrl +leftalt grab -leftalt -leftctrl"),
            ("+ctrl +alt +enter -enter", "+leftctrl +leftalt toggleFullscreen"),
            // Exactly these modifiers.
            ("+ctrl +g -g", "+leftctrl +g -g"),
            ("+ctrl +alt +shift +g", "+leftctrl +leftalt +leftshift +g"),
            ("+rightctrl +alt +g", "+rightctrl +leftalt grab"),
            // Modifiers from before the focus count.
            ("enter:leftctrl,leftalt +g -g -leftctrl -leftalt", "grab"),
            // A lock is no part of a chord.
            ("+capslock -capslock +ctrl +alt +g", "+capslock -capslock +leftctrl +leftalt grab"),
        ])
    func chords(words: String, seen: String) {
        var typing = Typing()
        #expect(typing.type(words) == seen)
    }

    @Test("one of the host's chords never reaches the guest")
    func hostChord() throws {
        var typing = Typing(chords: try ChordTable(grab: ChordTable.defaultGrab, host: Chord.list("super+l, alt+tab")))
        #expect(typing.type("+super +l -l +a -a -super") == "+leftsuper +a -a -leftsuper")
        #expect(typing.type("+alt +tab -tab -alt") == "+leftalt -leftalt")
    }

    @Test("Ctrl+Alt+End types Ctrl+Alt+Del, and the modifiers that the user holds wait for the next key")
    func sendDelete() {
        var typing = Typing()
        #expect(
            typing.type("+rightctrl +alt +end -end")
                == "+rightctrl +leftalt -leftalt -rightctrl +leftctrl +leftalt +delete -delete -leftalt -leftctrl")
        #expect(typing.type("+x -x") == "+rightctrl +leftalt +x -x")
        #expect(typing.type("-alt -rightctrl") == "-leftalt -rightctrl")
    }

    @Test("Ctrl+Alt+Shift+F2 types Ctrl+Alt+F2 without Shift")
    func sendConsole() {
        var typing = Typing()
        #expect(
            typing.type("+ctrl +alt +shift +f2 -f2 -shift -alt -ctrl")
                == "+leftctrl +leftalt +leftshift -leftshift -leftalt -leftctrl "
                + "+leftctrl +leftalt +f2 -f2 -leftalt -leftctrl")
    }

    @Test("a key that two seats hold comes up with the last of them")
    func twoSeats() {
        var typing = Typing()
        #expect(typing.type("+a") == "+a")
        typing.seat = 2
        #expect(typing.type("enter +a +b leave") == "+b -b")
        typing.seat = 1
        #expect(typing.type("-a") == "-a")
    }

    @Test("a guest that stops taking keys has none down, and gets held modifiers back with the next key")
    func deaf() {
        var typing = Typing()
        #expect(typing.type("+ctrl +a") == "+leftctrl +a")
        #expect(text(typing.keyboard.follow(takesKeys: false, guest: nil)) == "-a -leftctrl")
        #expect(typing.type("+b -b +alt +g -g") == "grab")
        #expect(text(typing.keyboard.follow(takesKeys: true, guest: nil)) == "")
        #expect(typing.type("-a -alt +c") == "+leftctrl +c")
    }

    @Test("keys without a meaning are passed on, and the number of keys that are down is bounded")
    func unknown() {
        var keyboard = GuestKeyboard(chords: ChordTable(), takesKeys: true)
        let codes = (UInt32.max - 999...UInt32.max).map(KeyCode.init)
        let down = codes.flatMap { keyboard.press($0, 1, nil) }
        #expect(down == codes.prefix(GuestKeyboard.mostHeld).map { .key($0, isDown: true) })
        #expect(keyboard.leave(1) == codes.prefix(GuestKeyboard.mostHeld).reversed().map { .key($0, isDown: false) })
        let many = Array(repeating: codes, count: 10).joined() + [key("leftctrl")]
        #expect(keyboard.enter(1, holding: Array(many)) == [])
        #expect(keyboard.press(key("c"), 1, nil) == [.key(key("leftctrl"), isDown: true), .key(key("c"), isDown: true)])
    }

    @Test("whatever is typed, each key goes down and up in turn, and none is down when all seats have left", arguments: 1...200)
    func random(seed: UInt64) {
        var numbers = SplitMix64(seed: seed)
        let names = [
            "a", "g", "tab", "end", "f2", "enter", "capslock", "leftctrl", "leftalt", "leftshift", "leftsuper", "rightalt",
        ]
        var typing = Typing(locks: [])
        var down: Set<KeyCode> = []
        func follow(_ actions: [GuestKeyboard.Action]) {
            for case .key(let code, let isDown) in actions {
                #expect(isDown ? down.insert(code).inserted : down.remove(code) != nil)
            }
        }
        for _ in 0..<300 {
            let seat = UInt32.random(in: 1...2, using: &numbers)
            let name = key(names.randomElement(using: &numbers)!)
            switch Int.random(in: 0..<24, using: &numbers) {
            case 0: follow(typing.keyboard.leave(seat))
            case 1: follow(typing.keyboard.enter(seat, holding: [name, key("leftctrl")]))
            case 2: follow(typing.keyboard.follow(takesKeys: Bool.random(using: &numbers), guest: LockKeys(rawValue: 4)))
            case 3: follow(typing.keyboard.follow(host: HostLocks(on: Bool.random(using: &numbers) ? .caps : [], known: .caps)))
            case 4: follow(typing.keyboard.letGo())
            case 5: follow(typing.keyboard.bringModifiers(of: seat))
            case 6..<16: follow(typing.keyboard.press(name, seat, nil))
            default: follow(typing.keyboard.release(name, seat))
            }
        }
        follow(typing.keyboard.leave(1))
        follow(typing.keyboard.leave(2))
        #expect(down == [])
    }
}
