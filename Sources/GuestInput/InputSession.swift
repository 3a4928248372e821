// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Logging
package import Planes
package import Surfaces
package import Wayland

/// One window's input: turns events of the host's devices over its surface into events of the guest's devices.
///
/// Each kind of device has a part with its own state: ``KeyboardInput``, ``PointerInput`` and ``TouchInput``. The session owns
/// what they share: the guest's end and the grab.
package final class InputSession: SeatTarget {
    /// The guest's end; nil while the window's input goes nowhere.
    package private(set) var sink: (any InputSink)?
    let seats: Seats
    /// The owner, which sets this to nil before it goes. It isn't weak, since weak references make every retain of a window slower, on
    /// the frame path too.
    package unowned var window: (any InputWindow)?
    let surface: WlSurface.Ref
    let options: InputOptions
    let log: Logger

    private(set) lazy var keyboards = KeyboardInput(self)
    private(set) lazy var pointers = PointerInput(self)
    private lazy var touches = TouchInput(self)

    /// Which host devices are grabbed for the guest. A locked window has them all, from the beginning to the end.
    package private(set) var grab: Grab

    /// How to end the grab, for the window's title; nil without a grab.
    package private(set) var hint: String? {
        didSet { if hint != oldValue { window?.inputHintDidChange() } }
    }

    /// How the window shows the guest's cursor.
    package var cursor: ShownCursor {
        get { pointers.cursor }
        set { pointers.cursor = newValue }
    }

    /// Whether the pointer has stood still for so long that it isn't worth seeing.
    package var isPointerResting: Bool {
        get { pointers.isResting }
        set { pointers.isResting = newValue }
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
        grab = options.chords.isLocked ? .all : .none
        seats.route(surface, to: self)
        sink?.inputDelegate = self
        keyboards.followSink()
        touches.followSink()
        if grab == .all { keyboards.followGrab() }
    }

    /// Sends the window's input to this guest from now on; nil for none. Everything that is down in the previous guest comes up.
    package func attach(_ sink: (any InputSink)?) {
        guard sink !== self.sink else { return }
        letGo()
        self.sink?.inputDelegate = nil
        self.sink = sink
        sink?.inputDelegate = self
        followSink()
    }

    /// Releases everything in the guest, and the host's devices. Call this before the window's surface and the sink go.
    package func close() {
        letGo()
        if grab != .none { follow(.none) }
        pointers.close()
        sink?.inputDelegate = nil
        seats.unroute(surface)
    }

    package func keyboard(_ event: KeyboardEvent, of seat: Seat) {
        keyboards.handle(event, of: seat)
        updateHint()
    }

    package func pointer(_ event: PointerEvent, of seat: Seat) { pointers.handle(event, of: seat) }

    package func touch(_ event: TouchEvent, of seat: Seat) { touches.handle(event, of: seat) }

    /// Grabs or releases the host's devices. A window without guest input grabs nothing.
    func setGrab(_ wanted: Grab) {
        guard wanted != grab, !options.chords.isLocked, sink != nil || wanted == .none else { return }
        follow(wanted)
    }

    private func follow(_ grab: Grab) {
        self.grab = grab
        keyboards.followGrab()
        pointers.steer()
        updateHint()
    }

    private func letGo() {
        keyboards.letGo()
        pointers.letGo()
        touches.letGo()
        setGrab(.none)
    }

    private func followSink() {
        keyboards.followSink()
        touches.followSink()
        // A click that locked a mouse was no wish to confine a tablet.
        if grab == .pointer, pointers.isAbsolute { setGrab(.none) }
        pointers.steer()
    }

    /// The hint stays as it is until the compositor has answered, and during a pause for one of the host's chords.
    private func updateHint() {
        guard !options.chords.isLocked else { return }
        switch grab {
        case .none: hint = nil
        case .pointer: hint = leaving("pointer")
        case .all:
            switch keyboards.inhibition {
            case .active: hint = leaving("keyboard")
            case .inactive: hint = leaving("pointer")
            case .pending: break
            }
        }
    }

    private func leaving(_ device: String) -> String { "press \(options.chords.grab) to release the \(device)" }
}

extension InputSession: InputSinkDelegate {
    package func inputSinkDidChange(_ sink: any InputSink) { followSink() }
}

/// Which host devices are grabbed for the guest.
package enum Grab {
    case none
    /// The pointer, by a click over a guest with a mouse.
    case pointer
    /// Keyboard and pointer, by the user's chord.
    case all
}

/// The window of a session.
package protocol InputWindow: AnyObject {
    /// Where the guest's picture is on the window's surface; nil while there is no picture.
    var pointerMapping: PointerMapping? { get }
    /// The user asked for this action with a chord.
    func perform(_ action: WindowAction)
    /// ``InputSession/hint`` changed.
    func inputHintDidChange()
    /// A pointer over the window was moved or used.
    func pointerWasUsed()
}

/// The effect that a finger on the window has in the guest.
package enum TouchMode: String, CaseIterable, Sendable {
    /// It is a finger if the guest has a touchscreen, and the pointer otherwise.
    case guest
    /// It is the pointer with the left button. QEMU doesn't say whether its VM has a touchscreen.
    case pointer
}

/// A user's choices for a window's input.
package struct InputOptions: Sendable {
    package var chords: ChordTable
    /// Whether the window grabs keyboard and pointer whenever it gets the focus.
    package var grabsOnFocus = false
    package var touch = TouchMode.guest
    /// Whether the guest gets the keyboard, too, and not only pointer and touch.
    package var givesKeys = true

    package init(chords: ChordTable = ChordTable()) { self.chords = chords }
}
