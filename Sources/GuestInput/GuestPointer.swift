// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// The guest's one pointer, which all of the host's move and press: a value; what is done goes in, what the guest is given comes
/// out. Whatever happens, a button that went down comes up, and once.
///
/// A guest with a tablet is told the pixel under the pointer, a guest with a mouse how far it moved. Beside the picture the
/// pointer stays at its edge, where guests have what springs out of edges; but nothing begins there, no press and no scrolling.
struct GuestPointer {
    enum Action: Equatable {
        case place(PixelPoint, screen: PixelSize)
        case push(x: Int32, y: Int32)
        case button(PointerButton, isDown: Bool)
    }

    /// Who moves and presses.
    enum Hand: Hashable {
        case pointer(seat: UInt32)
        /// A finger on a touchscreen that the guest has no other use for.
        case finger(seat: UInt32)
    }

    /// What holds while something is done.
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
    /// In the order in which they went down.
    private var held: [Hold] = []
    /// Where the guest has the pointer, as far as we have told it.
    private var told: (pixel: PixelPoint, screen: PixelSize)?
    /// Parts of a mouse's step that no push has brought yet.
    private var rest = MouseMotion()
    private var wheel = Wheel()

    mutating func enter(_ hand: Hand, at place: SurfacePoint, _ view: View) -> [Action] {
        places[hand] = place
        return point(hand, view)
    }

    mutating func move(_ hand: Hand, to place: SurfacePoint, _ view: View) -> [Action] {
        places[hand] = place
        return point(hand, view)
    }

    /// The mouse itself moved.
    mutating func push(by motion: MouseMotion, _ view: View) -> [Action] {
        guard !view.isAbsolute else { return [] }
        told = nil
        let x = rest.x + motion.x, y = rest.y + motion.y
        let whole = (x: x.rounded(.towardZero), y: y.rounded(.towardZero))
        rest = MouseMotion(x: x - whole.x, y: y - whole.y)
        return whole == (0, 0) ? [] : [.push(x: Int32(whole.x), y: Int32(whole.y))]
    }

    /// For a mouse that can only be seen by where its pointer goes.
    mutating func push(_ hand: Hand, to place: SurfacePoint, _ view: View) -> [Action] {
        let last = places.updateValue(place, forKey: hand)
        guard let last, let mapping = view.mapping else { return [] }
        let way = mapping.way(ofX: place.x - last.x, y: place.y - last.y)
        return push(by: MouseMotion(x: way.x, y: way.y), view)
    }

    mutating func press(_ button: PointerButton, _ hand: Hand, _ view: View) -> [Action] {
        let hold = Hold(button: button, hand: hand)
        guard !held.contains(hold), reaches(hand, view) else { return [] }
        // The picture may have moved or changed its size under a pointer that hasn't, and another viewer's hand the pointer.
        told = nil
        let place = point(hand, view)
        let isFirst = !held.contains { $0.button == button }
        held.append(hold)
        return isFirst ? place + [.button(button, isDown: true)] : place
    }

    /// Beside the picture and outside the window too.
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

    /// The hand is elsewhere: nothing of its doing is heard of any more.
    mutating func leave(_ hand: Hand) -> [Action] {
        places[hand] = nil
        told = nil
        wheel.stop()
        return held.filter { $0.hand == hand }.flatMap { release($0.button, hand) }
    }

    /// Nobody has the guest any more.
    mutating func leaveAll() -> [Action] {
        places.removeAll()
        told = nil
        wheel.stop()
        return held.flatMap { release($0.button, $0.hand) }
    }

    /// Whether a hand has its place on the picture, or is busy there already. A mouse is nowhere: it is always there.
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
