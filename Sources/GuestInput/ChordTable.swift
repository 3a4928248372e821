// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// What a window does by itself.
package enum WindowAction: Hashable, Sendable {
    case toggleFullscreen
    case takeScreenshot
}

/// What the window's user says by a chord, of which the guest hears nothing.
package struct ChordTable: Sendable {
    package enum Command: Hashable, Sendable {
        case toggleGrab
        case perform(WindowAction)
        /// The guest is given this instead.
        case send(KeyStroke)
        /// The host's, also while the guest has the keyboard.
        case leave
    }

    /// What grabs and releases the keyboard.
    package let grab: Chord
    private let commands: [(chord: Chord, command: Command)]

    /// What users of other viewers know, where it is free.
    package static let defaultGrab = try! Chord("ctrl+alt+g")

    /// Chords that are there unless the user's own are the same.
    private static let builtIn: [(chord: Chord, command: Command)] =
        [
            (try! Chord("ctrl+alt+enter"), .perform(.toggleFullscreen)),
            (try! Chord("ctrl+alt+s"), .perform(.takeScreenshot)),
            // The host's Ctrl+Alt+Del and Ctrl+Alt+F1 to F12 seldom reach a window.
            (try! Chord("ctrl+alt+end"), .send(try! KeyStroke("ctrl+alt+delete"))),
        ]
        + (1...12).map { (try! Chord("ctrl+alt+shift+f\($0)"), .send(try! KeyStroke("ctrl+alt+f\($0)"))) }

    package init() { self.init(grab: Self.defaultGrab, own: []) }

    /// - Parameter host: chords that the guest never gets; each with a modifier, by which they are known in advance.
    package init(grab: Chord, host: [Chord] = []) throws(KeyTextError) {
        for chord in host {
            guard !chord.modifiers.isEmpty else { throw KeyTextError("\(chord)", .noModifier) }
            guard chord != grab else { throw KeyTextError("\(chord)", .taken) }
        }
        self.init(grab: grab, own: host.map { ($0, .leave) })
    }

    private init(grab: Chord, own: [(chord: Chord, command: Command)]) {
        let own = [(chord: grab, command: Command.toggleGrab)] + own
        self.init(grab: grab, commands: own + Self.builtIn.filter { entry in !own.contains { $0.chord == entry.chord } })
    }

    private init(grab: Chord, commands: [(chord: Chord, command: Command)]) {
        self.grab = grab
        self.commands = commands
    }

    /// The same table without these of the window's own chords: the guest gets them. The user's own stay.
    package func giving(_ chords: [Chord]) throws(KeyTextError) -> ChordTable {
        for chord in chords where !Self.builtIn.contains(where: { $0.chord == chord }) {
            throw KeyTextError("\(chord)", .notOurs)
        }
        return ChordTable(
            grab: grab,
            commands: commands.filter { entry in
                entry.command == .toggleGrab || entry.command == .leave || !chords.contains(entry.chord)
            })
    }

    /// What a key that goes down says, if it does.
    func command(_ key: KeyCode, _ meaning: KeyMeaning) -> Command? {
        commands.first { $0.chord.matches(key, meaning) }?.command
    }

    /// Whether a chord of the host's begins with these modifiers.
    func isHostChordBegun(_ modifiers: Modifiers) -> Bool {
        commands.contains { $0.command == .leave && $0.chord.modifiers == modifiers }
    }
}
