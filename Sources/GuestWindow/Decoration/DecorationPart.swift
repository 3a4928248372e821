// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import GuestInput
internal import Planes
internal import Surfaces
internal import Wayland

/// The title bar or a border of our own: its surface, and what pointers and fingers do on it.
final class DecorationPart: SeatTarget {
    let part: DecorationLayout.Part
    let drawn: DrawnSurface<DecorationArtist>
    private let seats: Seats
    private let onCommand: (ClientDecoration.Command, Seat) -> Void
    private var layout: DecorationLayout?
    private var frame = LogicalRectangle(x: 0, y: 0, width: 0, height: 0)
    /// The pointers and fingers on the part.
    private var contacts: [Hand: Contact] = [:]
    /// The last press of the title, unless it was the second of two; the time is in milliseconds.
    private var lastPress: (seat: UInt32, time: UInt32)?

    private struct Hand: Hashable {
        let seat: UInt32
        /// nil for the seat's pointer.
        var finger: Int32?
    }

    private struct Contact {
        var place: SurfacePoint
        /// The button that it holds down: the button acts if it is released over it.
        var pressed: DecorationLayout.Button?
    }

    /// Two presses by one seat within this time, in milliseconds, are a double press.
    private static let doublePress: UInt32 = 400
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

    /// Places the part on the window's surface. Returns whether that is news.
    func place(_ frame: LogicalRectangle, in layout: DecorationLayout) -> Bool {
        self.frame = frame
        self.layout = layout
        return drawn.place(at: (frame.x, frame.y), size: frame.size)
    }

    func close() {
        seats.unroute(drawn.surface.surface.ref)
        drawn.surface.close()
    }

    func keyboard(_ event: KeyboardEvent, of seat: Seat) {}

    func pointer(_ event: PointerEvent, of seat: Seat) {
        let hand = Hand(seat: seat.name)
        switch event {
        case .entered(let x, let y), .moved(let x, let y):
            let place = SurfacePoint(x: x, y: y)
            contacts[hand, default: Contact(place: place)].place = place
            if let zone = zone(hand), seat.pointer?.look != .shape(zone.shape) { seat.pointer?.wear(.shape(zone.shape)) }
        case .left: contacts[hand] = nil
        case .button(Self.leftButton, isDown: true, let time): press(hand, seat, at: time)
        case .button(Self.leftButton, isDown: false, _): release(hand, seat)
        case .button(Self.rightButton, isDown: true, _):
            guard let place = contacts[hand]?.place, zone(hand) == .title else { return }
            onCommand(.menu(x: frame.x + Int32(place.x), y: frame.y + Int32(place.y)), seat)
        case .button, .scrolled, .pushed, .constraintChanged: break
        }
    }

    func touch(_ event: TouchEvent, of seat: Seat) {
        switch event {
        case .down(let id, let x, let y, let time):
            let hand = Hand(seat: seat.name, finger: id)
            contacts[hand] = Contact(place: SurfacePoint(x: x, y: y))
            press(hand, seat, at: time)
        case .moved(let id, let x, let y): contacts[Hand(seat: seat.name, finger: id)]?.place = SurfacePoint(x: x, y: y)
        case .up(let id):
            let hand = Hand(seat: seat.name, finger: id)
            release(hand, seat)
            contacts[hand] = nil
        case .cancelled: contacts = contacts.filter { $0.key.seat != seat.name || $0.key.finger == nil }
        }
    }

    private func zone(_ hand: Hand) -> DecorationLayout.Zone? {
        contacts[hand].flatMap { layout?.zone(of: part, x: $0.place.x, y: $0.place.y) }
    }

    private func press(_ hand: Hand, _ seat: Seat, at time: UInt32) {
        switch zone(hand) {
        case .button(let button): contacts[hand]?.pressed = button
        case .edge(let edge): onCommand(.resize(edge), seat)
        case .title:
            let isSecond = lastPress.map { $0.seat == hand.seat && time &- $0.time < Self.doublePress } ?? false
            lastPress = isSecond ? nil : (hand.seat, time)
            onCommand(isSecond ? .toggleMaximised : .move, seat)
        case nil: break
        }
    }

    private func release(_ hand: Hand, _ seat: Seat) {
        guard let button = contacts[hand]?.pressed else { return }
        contacts[hand]?.pressed = nil
        guard zone(hand) == .button(button) else { return }
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
    /// The shape of a pointer over the zone.
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
