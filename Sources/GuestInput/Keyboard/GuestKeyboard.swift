// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// The guest's one keyboard, which all of the host's keyboards type on: a value. The host's events go in, and actions for the guest come
/// out. Whatever happens, a key that went down in the guest comes up exactly once.
///
/// A key that was down before the window got the focus was meant for another program, and isn't pressed in the guest. A modifier
/// among such keys waits, and is pressed with the next key: Ctrl held on the way counts, while the release of Alt that ends
/// Alt+Tab opens no menu.
struct GuestKeyboard {
    enum Action: Equatable {
        case key(KeyCode, isDown: Bool)
        case toggleGrab
        case perform(WindowAction)
    }

    /// The most keys that are followed at a time, on all keyboards together.
    static let mostHeld = 64

    private struct Hold: Equatable {
        let key: KeyCode
        let seat: UInt32
    }

    private let chords: ChordTable
    /// The keys that are down in the guest, in the order in which they went down.
    private var held: [Hold] = []
    /// Modifiers that are down on the host but not in the guest.
    private var waiting: [Hold] = []
    private var locks = LockBalance()
    private var takesKeys: Bool

    init(chords: ChordTable, takesKeys: Bool) {
        self.chords = chords
        self.takesKeys = takesKeys
    }

    mutating func enter(_ seat: UInt32, holding keys: [KeyCode]) -> [Action] {
        let actions = leave(seat)
        for key in keys { wait(Hold(key: key, seat: seat)) }
        locks.focus()
        return actions
    }

    mutating func leave(_ seat: UInt32) -> [Action] {
        waiting.removeAll { $0.seat == seat }
        locks.unfocus()
        return held.reversed().filter { $0.seat == seat }.flatMap { release($0.key, seat) }
    }

    /// - Parameter meaning: nil where there is no keymap.
    mutating func press(_ key: KeyCode, _ seat: UInt32, _ meaning: KeyMeaning?) -> [Action] {
        let hold = Hold(key: key, seat: seat)
        guard !held.contains(hold), !waiting.contains(hold) else { return [] }
        switch chords.command(key, meaning ?? KeyMeaning(modifiers: modifiers(of: seat))) {
        case .toggleGrab: return [.toggleGrab]
        case .perform(let action): return [.perform(action)]
        case .send(let stroke): return strike(stroke)
        case .leave: return []
        case nil: break
        }
        guard takesKeys else {
            wait(hold)
            return []
        }
        return bringModifiers(of: seat) + begin(hold)
    }

    mutating func release(_ key: KeyCode, _ seat: UInt32) -> [Action] {
        let hold = Hold(key: key, seat: seat)
        waiting.removeAll { $0 == hold }
        guard let index = held.firstIndex(of: hold) else { return [] }
        held.remove(at: index)
        return held.contains { $0.key == key } ? [] : [.key(key, isDown: false)]
    }

    /// A key that is down is due to repeat. The guest sees one more press, and from one seat only.
    func repeated(_ key: KeyCode, _ seat: UInt32) -> [Action] {
        held.first { $0.key == key }?.seat == seat ? [.key(key, isDown: true)] : []
    }

    /// Presses the modifiers that wait, before something that they change.
    mutating func bringModifiers(of seat: UInt32) -> [Action] {
        guard takesKeys else { return [] }
        let brought = waiting.filter { $0.seat == seat }
        waiting.removeAll { $0.seat == seat }
        return brought.flatMap { begin($0) }
    }

    /// Types a synthetic keystroke. Held keys are released first; held modifiers return with the user's next key.
    mutating func strike(_ stroke: KeyStroke) -> [Action] {
        guard takesKeys else { return [] }
        return letGo() + stroke.keys.map { .key($0, isDown: true) } + stroke.keys.reversed().map { .key($0, isDown: false) }
    }

    /// Follows the host's lock keys; nil where they aren't known.
    mutating func follow(host locks: HostLocks?) -> [Action] { strike(self.locks.follow(host: locks, held: heldLocks)) }

    /// Follows what the guest takes, and its lights; nil where it doesn't report them.
    mutating func follow(takesKeys: Bool, guest locks: LockKeys?) -> [Action] {
        let released = self.takesKeys && !takesKeys ? letGo() : []
        self.takesKeys = takesKeys
        return released + strike(self.locks.follow(guest: takesKeys ? locks : nil, held: heldLocks))
    }

    /// The modifiers that are down, by the places of keys on a US keyboard: for a host without a keymap.
    func modifiers(of seat: UInt32) -> Modifiers {
        (held + waiting).reduce(into: []) { if $1.seat == seat { $0.formUnion($1.key.modifier ?? []) } }
    }

    /// Releases every key in the guest. Modifiers that are still held return with the next key.
    mutating func letGo() -> [Action] {
        let holds = held
        let actions = holds.reversed().flatMap { release($0.key, $0.seat) }
        for hold in holds { wait(hold) }
        return actions
    }

    private var heldLocks: LockKeys { held.reduce(into: []) { $0.formUnion($1.key.lock ?? []) } }

    private mutating func begin(_ hold: Hold) -> [Action] {
        guard held.count < Self.mostHeld else { return [] }
        let isFirst = !held.contains { $0.key == hold.key }
        held.append(hold)
        guard isFirst else { return [] }
        locks.struck(hold.key.lock ?? [])
        return [.key(hold.key, isDown: true)]
    }

    private mutating func wait(_ hold: Hold) {
        guard hold.key.modifier != nil, waiting.count < Self.mostHeld, !waiting.contains(hold) else { return }
        waiting.append(hold)
    }

    private func strike(_ keys: LockKeys) -> [Action] {
        keys.keys.flatMap { [.key($0, isDown: true), .key($0, isDown: false)] }
    }
}
