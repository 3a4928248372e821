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

    /// nil for the default. What nobody has chosen is made from its text when the first key asks for it, not before a window opens.
    private let chosenGrab: Chord?
    /// Those that the guest never gets.
    private let host: [Chord]
    /// Those of the window's own that the guest gets all the same.
    private let given: [Chord]

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

    package init() { (chosenGrab, host, given) = (nil, [], []) }

    /// - Parameters:
    ///   - grab: nil for the default.
    ///   - host: chords that the guest never gets; each with a modifier, by which they are known in advance.
    package init(grab: Chord?, host: [Chord] = []) throws(KeyTextError) {
        for chord in host {
            guard !chord.modifiers.isEmpty else { throw KeyTextError("\(chord)", .noModifier) }
            guard chord != grab ?? Self.defaultGrab else { throw KeyTextError("\(chord)", .taken) }
        }
        self.init(grab: grab, host: host, given: [])
    }

    private init(grab: Chord?, host: [Chord], given: [Chord]) { (chosenGrab, self.host, self.given) = (grab, host, given) }

    /// What grabs and releases the keyboard.
    package var grab: Chord { chosenGrab ?? Self.defaultGrab }

    /// The same table without these of the window's own chords: the guest gets them. The user's own stay.
    package func giving(_ chords: [Chord]) throws(KeyTextError) -> ChordTable {
        for chord in chords where !Self.builtIn.contains(where: { $0.chord == chord }) {
            throw KeyTextError("\(chord)", .notOurs)
        }
        return ChordTable(grab: chosenGrab, host: host, given: given + chords)
    }

    /// What a key that goes down says, if it does: the user's own chords come first.
    func command(_ key: KeyCode, _ meaning: KeyMeaning) -> Command? {
        func isMeant(_ chord: Chord) -> Bool { chord.matches(key, meaning) }
        if isMeant(grab) { return .toggleGrab }
        if host.contains(where: isMeant) { return .leave }
        return Self.builtIn.first { isMeant($0.chord) && !given.contains($0.chord) }?.command
    }

    /// Whether a chord of the host's begins with these modifiers.
    func isHostChordBegun(_ modifiers: Modifiers) -> Bool {
        host.contains { $0.modifiers == modifiers }
    }
}
