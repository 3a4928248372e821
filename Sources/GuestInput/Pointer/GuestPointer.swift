// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// The guest's one pointer, which all of the host's pointers move: a value. The host's events go in, and actions for the guest come out.
/// Whatever happens, a button that went down comes up exactly once.
///
/// A guest with a tablet is told the pixel under the pointer, and a guest with a mouse how far the mouse moved. Beside the picture the
/// guest's pointer stays at the picture's edge, where guests have panels that spring out. No press and no scrolling begins there.
struct GuestPointer {
    enum Action: Equatable {
        case place(PixelPoint, screen: PixelSize)
        case push(x: Int32, y: Int32)
        case button(PointerButton, isDown: Bool)
    }

    /// A host device that moves the guest's pointer.
    enum Hand: Hashable {
        case pointer(seat: UInt32)
        /// A finger on a touchscreen, for a guest without one.
        case finger(seat: UInt32)
    }

    /// The circumstances of an event.
    struct View {
        /// nil while there is no picture.
        var mapping: PointerMapping?
        var isAbsolute: Bool
    }

    private struct Hold: Equatable {
        let button: PointerButton
        let hand: Hand
    }

    private var places: [Hand: SurfacePoint] = [:]
    /// The buttons that are down in the guest, in the order in which they went down.
    private var held: [Hold] = []
    /// The place that the guest was told last; nil if it may have changed since.
    private var told: (pixel: PixelPoint, screen: PixelSize)?
    /// The fractions of a mouse's steps that no push included yet.
    private var rest = MouseMotion()
    private var wheel = Wheel()

    /// The hand came to this place on the window, or moved there.
    mutating func move(_ hand: Hand, to place: SurfacePoint, _ view: View) -> [Action] {
        places[hand] = place
        return point(hand, view)
    }

    /// The mouse itself moved. A guest with a tablet ignores that.
    mutating func push(by motion: MouseMotion, _ view: View) -> [Action] {
        guard !view.isAbsolute else { return [] }
        told = nil
        let x = rest.x + motion.x, y = rest.y + motion.y
        let whole = (x: x.rounded(.towardZero), y: y.rounded(.towardZero))
        rest = MouseMotion(x: x - whole.x, y: y - whole.y)
        return whole == (0, 0) ? [] : [.push(x: Int32(whole.x), y: Int32(whole.y))]
    }

    /// Derives a mouse's motion from its pointer, where the compositor doesn't tell the motion itself.
    mutating func push(_ hand: Hand, to place: SurfacePoint, _ view: View) -> [Action] {
        let last = places.updateValue(place, forKey: hand)
        guard let last, let mapping = view.mapping else { return [] }
        let way = mapping.way(ofX: place.x - last.x, y: place.y - last.y)
        return push(by: MouseMotion(x: way.x, y: way.y), view)
    }

    mutating func press(_ button: PointerButton, _ hand: Hand, _ view: View) -> [Action] {
        let hold = Hold(button: button, hand: hand)
        guard !held.contains(hold), reaches(hand, view) else { return [] }
        // The picture may have moved or changed size under a still pointer, and another viewer may have moved the guest's.
        told = nil
        let place = point(hand, view)
        let isFirst = !held.contains { $0.button == button }
        held.append(hold)
        return isFirst ? place + [.button(button, isDown: true)] : place
    }

    /// A button came up. This counts beside the picture and outside the window too.
    mutating func release(_ button: PointerButton, _ hand: Hand) -> [Action] {
        guard let index = held.firstIndex(of: Hold(button: button, hand: hand)) else { return [] }
        held.remove(at: index)
        return held.contains { $0.button == button } ? [] : [.button(button, isDown: false)]
    }

    mutating func scroll(_ hand: Hand, x: Scroll, y: Scroll, _ view: View) -> [Action] {
        guard reaches(hand, view) else { return [] }
        let steps = wheel.turn(x: x, y: y)
        guard !steps.isEmpty else { return [] }
        return point(hand, view) + steps.flatMap { [.button($0, isDown: true), .button($0, isDown: false)] }
    }

    /// The hand left the window: none of its events follow.
    mutating func leave(_ hand: Hand) -> [Action] {
        places[hand] = nil
        told = nil
        wheel.stop()
        return held.filter { $0.hand == hand }.flatMap { release($0.button, hand) }
    }

    /// Releases everything, before the guest or the window goes.
    mutating func leaveAll() -> [Action] {
        places.removeAll()
        told = nil
        wheel.stop()
        return held.flatMap { release($0.button, $0.hand) }
    }

    /// Whether a hand is on the picture, or a button is held already. A mouse has no place, and always reaches the guest.
    private func reaches(_ hand: Hand, _ view: View) -> Bool {
        guard view.isAbsolute, held.isEmpty else { return true }
        guard let place = places[hand], let mapping = view.mapping else { return false }
        return mapping.contains(x: place.x, y: place.y)
    }

    private mutating func point(_ hand: Hand, _ view: View) -> [Action] {
        guard view.isAbsolute, let place = places[hand], let mapping = view.mapping else { return [] }
        let pixel = mapping.pixel(atX: place.x, y: place.y)
        guard told?.pixel != pixel || told?.screen != mapping.guest else { return [] }
        told = (pixel, mapping.guest)
        return [.place(pixel, screen: mapping.guest)]
    }
}

extension PointerButton {
    /// - Parameter linux: `BTN_*` of linux/input-event-codes.h, as in `wl_pointer.button`. Mice with two thumb buttons send either
    ///   SIDE and EXTRA or BACK and FORWARD; guests have one pair.
    /// - Returns: nil for a button that guests don't have.
    init?(linux: UInt32) {
        switch linux {
        case 0x110: self = .left  // BTN_LEFT
        case 0x111: self = .right  // BTN_RIGHT
        case 0x112: self = .middle  // BTN_MIDDLE
        case 0x113, 0x116: self = .side  // BTN_SIDE, BTN_BACK
        case 0x114, 0x115: self = .extra  // BTN_EXTRA, BTN_FORWARD
        default: return nil
        }
    }
}
