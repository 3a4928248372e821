// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Logging
package import Planes
package import Wayland

/// One window's input: what the devices over its surface do becomes what the guest's do.
///
/// Files beside this one: `+Keyboard`, `+Grab`, `+Pointer`, `+PointerConstraint`, `+Touch`.
package final class InputSession: SeatTarget {
    /// nil where the window only shows.
    package private(set) var sink: (any InputSink)?
    let seats: Seats
    /// The owner; it takes itself away before it goes. Not weak: each retain of a window would then take the slow way, on the frame
    /// path too.
    package unowned var window: (any InputWindow)?
    let surface: WlSurface.Ref
    let options: InputOptions
    let log: Logger

    var guestKeyboard: GuestKeyboard
    /// What is wrong with the keymap, as last told.
    var toldKeymapFault: KeymapFault?
    /// Whether it was told that the compositor keeps its shortcuts.
    var hasToldOfShortcuts = false

    /// What of the host's devices is the guest's alone.
    package internal(set) var grab = Grab.none {
        didSet { if grab != oldValue { grabDidChange() } }
    }

    /// How to leave the grab, for the window's title; nil without one.
    package internal(set) var hint: String? {
        didSet { if hint != oldValue { window?.inputHintDidChange() } }
    }

    var guestPointer = GuestPointer()
    var guestTouch = GuestTouch()
    /// For each seat the finger that is the guest's pointer, where the guest has no touchscreen.
    var pointingFingers: [UInt32: Int32] = [:]
    /// Whether it was told that pointers can't be grabbed here.
    var hasToldOfConstraints = false

    /// What the window shows of the guest's cursor.
    package var cursor = GuestCursor.unknown {
        didSet { for seat in seats.all { dress(seat) } }
    }

    package init(
        window: any InputWindow, surface: WlSurface.Ref, sink: (any InputSink)?, seats: Seats, options: InputOptions, log: Logger
    ) {
        self.window = window
        self.surface = surface
        self.sink = sink
        self.seats = seats
        self.options = options
        self.log = log
        guestKeyboard = GuestKeyboard(chords: options.chords, takesKeys: sink?.abilities.keyboard ?? false)
        seats.route(surface, to: self)
        sink?.inputDelegate = self
        followKeyboard()
        followTouchSlots()
    }

    /// What is done over the window goes there from now on; nil for nowhere. What is down in the guest that had it comes up.
    package func attach(_ sink: (any InputSink)?) {
        guard sink !== self.sink else { return }
        letGo()
        self.sink?.inputDelegate = nil
        self.sink = sink
        sink?.inputDelegate = self
        followSink()
    }

    /// Lets go of everything, in the guest and of the host's: before the window's surface goes, and before the sink does.
    package func close() {
        letGo()
        letGoOfMice()
        sink?.inputDelegate = nil
        seats.unroute(surface)
    }

    private func letGo() {
        execute(guestKeyboard.letGo())
        give(guestPointer.leaveAll())
        give(guestTouch.cancel())
        grab = .none
    }

    private func followSink() {
        followKeyboard()
        followTouchSlots()
        // Who clicked to have the mouse locked hasn't asked for anything of a tablet's.
        if grab == .pointer, isAbsolute { grab = .none }
        steerPointers()
    }
}

extension InputSession: InputSinkDelegate {
    package func inputSinkDidChange(_ sink: any InputSink) { followSink() }
}

/// What of the host's devices a guest has for itself.
package enum Grab {
    case none
    /// The pointer of a guest with a mouse: a click is enough.
    case pointer
    /// Keyboard and pointer, as asked for by the chord.
    case all
}

/// What a session needs of its window.
package protocol InputWindow: AnyObject {
    /// Where the guest's picture is on the window's surface; nil while there is none.
    var pointerMapping: PointerMapping? { get }
    /// The user has asked for it by a chord.
    func perform(_ action: WindowAction)
    /// ``InputSession/hint`` is another one.
    func inputHintDidChange()
}
