// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// An action of the window itself, requested by a chord.
package enum WindowAction: Hashable, Sendable {
    case toggleFullscreen
    case takeScreenshot
    case toggleOverlay
    /// Ends the window, which can't be closed in another way.
    case exit
}

/// The chords that have a meaning for the window, and don't reach the guest.
package struct ChordTable: Sendable {
    package enum Command: Hashable, Sendable {
        case toggleGrab
        case perform(WindowAction)
        /// Types this in the guest instead.
        case send(KeyStroke)
        /// Leaves the chord to the host, even during a grab.
        case leave
    }

    /// nil for the default, which is parsed with the first key, so that no window waits for that.
    private let chosenGrab: Chord?
    /// nil for the default.
    private let chosenOverlay: Chord?
    /// The host's chords, which the guest never gets.
    private let host: [Chord]
    /// Chords of the window's own that the guest gets instead.
    private let given: [Chord]
    /// Whether the window has no chords of its own but the one that ends it.
    package let isLocked: Bool
    /// nil for none. Only a locked window has one.
    private let exit: Chord?

    /// A chord that other viewers use too.
    package static let defaultGrab = try! Chord("ctrl+alt+g")
    private static let defaultOverlay = try! Chord("ctrl+alt+m")

    /// The window's own chords. The user's chords come before them.
    private static let builtIn: [(chord: Chord, command: Command)] =
        [
            (try! Chord("ctrl+alt+enter"), .perform(.toggleFullscreen)),
            (try! Chord("ctrl+alt+s"), .perform(.takeScreenshot)),
            // The host's Ctrl+Alt+Del and Ctrl+Alt+F1 to F12 seldom reach a window.
            (try! Chord("ctrl+alt+end"), .send(try! KeyStroke("ctrl+alt+delete"))),
        ]
        + (1...12).map { (try! Chord("ctrl+alt+shift+f\($0)"), .send(try! KeyStroke("ctrl+alt+f\($0)"))) }

    package init() { self.init(grab: nil, overlay: nil, host: [], given: []) }

    /// - Parameters:
    ///   - grab: nil for the default.
    ///   - overlay: shows how frames get to the screen, and takes that away; nil for the default.
    ///   - host: chords that the guest never gets. Each needs a modifier, which announces it.
    package init(grab: Chord?, overlay: Chord? = nil, host: [Chord] = []) throws(KeyTextError) {
        if let overlay, overlay == grab ?? Self.defaultGrab { throw KeyTextError("\(overlay)", .taken) }
        for chord in host {
            guard !chord.modifiers.isEmpty else { throw KeyTextError("\(chord)", .noModifier) }
            guard chord != grab ?? Self.defaultGrab else { throw KeyTextError("\(chord)", .taken) }
        }
        self.init(grab: grab, overlay: overlay, host: host, given: [])
    }

    /// The chords of a window that nobody gets out of.
    ///
    /// - Parameters:
    ///   - exit: ends the window; nil for none.
    ///   - host: chords that the guest never gets, and the host neither while it leaves its shortcuts to the window.
    package init(lockedBut exit: Chord?, host: [Chord]) {
        self.init(grab: nil, overlay: nil, host: host, given: [], isLocked: true, exit: exit)
    }

    private init(
        grab: Chord?, overlay: Chord?, host: [Chord], given: [Chord], isLocked: Bool = false, exit: Chord? = nil
    ) {
        (chosenGrab, chosenOverlay, self.host, self.given) = (grab, overlay, host, given)
        (self.isLocked, self.exit) = (isLocked, exit)
    }

    /// The chord that grabs and releases the keyboard.
    package var grab: Chord { chosenGrab ?? Self.defaultGrab }
    private var overlay: Chord { chosenOverlay ?? Self.defaultOverlay }

    /// The same table without these of the window's own chords, which the guest gets instead. The user's chords stay.
    package func giving(_ chords: [Chord]) throws(KeyTextError) -> ChordTable {
        for chord in chords where chord != overlay && !Self.builtIn.contains(where: { $0.chord == chord }) {
            throw KeyTextError("\(chord)", .notOurs)
        }
        return ChordTable(grab: chosenGrab, overlay: chosenOverlay, host: host, given: given + chords)
    }

    /// The command of the chord that this key makes, if any. The user's chords come first.
    func command(_ key: KeyCode, _ meaning: KeyMeaning) -> Command? {
        func isMeant(_ chord: Chord) -> Bool { chord.matches(key, meaning) }
        guard !isLocked else {
            if let exit, isMeant(exit) { return .perform(.exit) }
            return host.contains(where: isMeant) ? .leave : nil
        }
        if isMeant(grab) { return .toggleGrab }
        if host.contains(where: isMeant) { return .leave }
        if isMeant(overlay), !given.contains(overlay) { return .perform(.toggleOverlay) }
        return Self.builtIn.first { isMeant($0.chord) && !given.contains($0.chord) }?.command
    }

    /// Whether one of the host's chords has exactly these modifiers. A locked window leaves nothing to the host.
    func isHostChordBegun(_ modifiers: Modifiers) -> Bool {
        !isLocked && host.contains { $0.modifiers == modifiers }
    }
}
