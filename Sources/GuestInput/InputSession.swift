// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Logging
package import Planes
package import Wayland

/// One window's input: what the devices over its surface do becomes what the guest's do.
///
/// Files beside this one: `+Keyboard`, `+Grab`, `+Pointer`.
package final class InputSession: SeatTarget {
    /// nil where the window only shows.
    let sink: (any InputSink)?
    let seats: Seats
    unowned let window: any InputWindow
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
        didSet { if hint != oldValue { window.inputHintDidChange() } }
    }

    /// How the host's pointer looks over the window.
    package var look = PointerLook.unchanged {
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
    }

    /// Lets go of everything, in the guest and of the host's: before the window's surface goes, and before the sink does.
    package func close() {
        execute(guestKeyboard.letGo())
        grab = .none
        sink?.inputDelegate = nil
        seats.unroute(surface)
    }
}

extension InputSession: InputSinkDelegate {
    package func inputSinkDidChange(_ sink: any InputSink) { followKeyboard() }
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

/// The host's pointer over a window.
package enum PointerLook {
    /// As the compositor has it.
    case unchanged
    case hidden
    /// With the guest's cursor as its image.
    case image(WlSurface.Ref, hotSpot: PixelPoint)
}
