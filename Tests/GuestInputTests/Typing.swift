// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes

@testable import GuestInput

/// The key with a name that people write.
func key(_ name: String) -> KeyCode { NamedKey(name)!.code }

/// The keys that the guest sees of a GuestKeyboard's actions: `+a` goes down, `-a` comes up.
func text(_ actions: [GuestKeyboard.Action]) -> String {
    actions.map { action in
        switch action {
        case .key(let code, let isDown):
            (isDown ? "+" : "-") + (NamedKey.all.first { $0.code == code }?.name ?? "\(code.rawValue)")
        case .toggleGrab: "grab"
        case .perform(let action): "\(action)"
        }
    }.joined(separator: " ")
}

/// A US keyboard without a keymap, which types a test's words: `+a`, `*a` (a repeat), `-a`, `enter`, `enter:leftalt,tab`, `leave`.
struct Typing {
    var keyboard: GuestKeyboard
    var seat: UInt32 = 1

    init(chords: ChordTable = ChordTable(), locks: LockKeys? = nil) {
        keyboard = GuestKeyboard(chords: chords, takesKeys: true)
        _ = keyboard.follow(takesKeys: true, guest: locks)
        _ = keyboard.enter(seat, holding: [])
    }

    /// Returns what the guest sees of it.
    mutating func type(_ words: String) -> String {
        words.split(separator: " ").map { text(act(String($0))) }.filter { !$0.isEmpty }.joined(separator: " ")
    }

    private mutating func act(_ word: String) -> [GuestKeyboard.Action] {
        switch word.first {
        case "+": return keyboard.press(key(String(word.dropFirst())), seat, nil)
        case "*": return keyboard.repeated(key(String(word.dropFirst())), seat)
        case "-": return keyboard.release(key(String(word.dropFirst())), seat)
        default: break
        }
        if word == "leave" { return keyboard.leave(seat) }
        let held = word.split(separator: ":").dropFirst().first?.split(separator: ",").map { key(String($0)) } ?? []
        return keyboard.enter(seat, holding: held)
    }
}
