// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import GuestInput
internal import Lettering
internal import Planes
internal import Surfaces
internal import Wayland

/// The title bar or a border of our own: its surface, and what pointers and fingers do on it.
final class DecorationPart: SeatTarget {
    let part: DecorationLayout.Part
    private let drawn: DrawnSurface
    private let seats: Seats
    private let onCommand: (ClientDecoration.Command, Seat) -> Void
    private var layout: DecorationLayout?
    private var frame = LogicalRectangle(x: 0, y: 0, width: 0, height: 0)
    /// Where each seat's pointer is.
    private var places: [ObjectIdentifier: (x: Double, y: Double)] = [:]
    /// The button that a seat holds down: it acts when it's let go of over the same one.
    private var pressed: [ObjectIdentifier: DecorationLayout.Button] = [:]
    /// When the title was last pressed, for the second press of two.
    private var lastPress: UInt64?

    /// Two presses within this make a double one, in nanoseconds.
    private static let doublePress: UInt64 = 400_000_000
    // linux/input-event-codes.h
    private static let leftButton: UInt32 = 0x110
    private static let rightButton: UInt32 = 0x111

    init(
        _ part: DecorationLayout.Part, _ compositor: Compositor, seats: Seats, around window: PlaneSurface,
        onCommand: @escaping (ClientDecoration.Command, Seat) -> Void
    ) {
        self.part = part
        self.onCommand = onCommand
        self.seats = seats
        drawn = DrawnSurface(compositor, childOf: window, takesInput: true)
        seats.route(drawn.surface.surface.ref, to: self)
    }

    var isMapped: Bool { drawn.isMapped }

    func place(_ frame: LogicalRectangle, in layout: DecorationLayout) {
        self.frame = frame
        self.layout = layout
        drawn.place(at: (frame.x, frame.y), size: frame.size)
    }

    func draw(_ sheet: Sheet) throws(ImportError) { try drawn.draw(sheet) }

    func hide() { drawn.hide() }

    func commit() -> Bool { drawn.commit() }

    func close() {
        seats.unroute(drawn.surface.surface.ref)
        drawn.close()
    }

    func pointer(_ event: PointerEvent, of seat: Seat) {
        let key = ObjectIdentifier(seat)
        switch event {
        case .entered(let x, let y):
            places[key] = (x, y)
            dress(seat)
        case .moved(let x, let y):
            places[key] = (x, y)
            dress(seat)
        case .left:
            places[key] = nil
            pressed[key] = nil
        case .button(let button, let isDown):
            guard let place = places[key] else { return }
            switch (button, isDown) {
            case (Self.leftButton, true): press(place, by: seat)
            case (Self.leftButton, false): release(place, by: seat)
            case (Self.rightButton, true) where zone(place) == .title:
                onCommand(.menu(x: frame.x + Int32(place.x), y: frame.y + Int32(place.y)), seat)
            default: break
            }
        case .scrolled, .pushed, .constraintChanged: break
        }
    }

    /// The pointer says what a press would do.
    private func dress(_ seat: Seat) {
        guard let place = places[ObjectIdentifier(seat)], let zone = zone(place) else { return }
        let look = PointerLook.shape(zone.shape)
        if seat.pointer?.look != look { seat.pointer?.wear(look) }
    }

    func touch(_ event: TouchEvent, of seat: Seat) {
        let key = ObjectIdentifier(seat)
        switch event {
        case .down(_, let x, let y):
            places[key] = (x, y)
            press((x, y), by: seat)
        case .moved(_, let x, let y): places[key] = (x, y)
        case .up: if let place = places[key] { release(place, by: seat) }
        case .cancelled: pressed[key] = nil
        }
    }

    private func zone(_ place: (x: Double, y: Double)) -> DecorationLayout.Zone? {
        layout?.zone(of: part, x: place.x, y: place.y)
    }

    private func press(_ place: (x: Double, y: Double), by seat: Seat) {
        switch zone(place) {
        case .button(let button): pressed[ObjectIdentifier(seat)] = button
        case .edge(let edge): onCommand(.resize(edge), seat)
        case .title:
            let now = EventLoop.now()
            if let last = lastPress, now - last < Self.doublePress {
                lastPress = nil
                onCommand(.toggleMaximised, seat)
            } else {
                lastPress = now
                onCommand(.move, seat)
            }
        case nil: break
        }
    }

    private func release(_ place: (x: Double, y: Double), by seat: Seat) {
        guard let button = pressed.removeValue(forKey: ObjectIdentifier(seat)), zone(place) == .button(button) else { return }
        let command: ClientDecoration.Command =
            switch button {
            case .close: .close
            case .maximise: .toggleMaximised
            case .minimise: .minimise
            case .fullscreen: .enterFullscreen
            }
        onCommand(command, seat)
    }
}

extension DecorationLayout.Zone {
    fileprivate var shape: WpCursorShapeDeviceV1.Shape {
        switch self {
        case .title: .default
        case .button: .pointer
        case .edge(.top): .nResize
        case .edge(.bottom): .sResize
        case .edge(.left): .wResize
        case .edge(.right): .eResize
        case .edge(.topLeft): .nwResize
        case .edge(.topRight): .neResize
        case .edge(.bottomLeft): .swResize
        case .edge(.bottomRight): .seResize
        case .edge: .default
        }
    }
}
