// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Planes
package import Wayland

/// One window's input: what the devices over its surface do becomes what the guest's do.
///
/// Files beside this one: `+Keyboard`, `+Pointer`.
package final class InputSession: SeatTarget {
    /// nil where the window only shows.
    let sink: (any InputSink)?
    let seats: Seats
    unowned let window: any InputWindow
    let surface: WlSurface.Ref

    /// How the host's pointer looks over the window.
    package var look = PointerLook.unchanged {
        didSet { for seat in seats.all { dress(seat) } }
    }

    package init(window: any InputWindow, surface: WlSurface.Ref, sink: (any InputSink)?, seats: Seats) {
        self.window = window
        self.surface = surface
        self.sink = sink
        self.seats = seats
        seats.route(surface, to: self)
    }

    /// Before the window's surface goes.
    package func close() { seats.unroute(surface) }
}

/// What a session needs of its window.
package protocol InputWindow: AnyObject {
    /// Where the guest's picture is on the window's surface; nil while there is none.
    var pointerMapping: PointerMapping? { get }
}

/// The host's pointer over a window.
package enum PointerLook {
    /// As the compositor has it.
    case unchanged
    case hidden
    /// With the guest's cursor as its image.
    case image(WlSurface.Ref, hotSpot: PixelPoint)
}
