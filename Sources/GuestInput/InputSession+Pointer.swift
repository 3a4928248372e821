// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

extension InputSession {
    package func pointer(_ event: PointerEvent, of seat: Seat) {
        switch event {
        case .entered(let x, let y):
            dress(seat)
            move(toX: x, y: y)
        case .moved(let x, let y): move(toX: x, y: y)
        case .left, .button, .scrolled: break
        }
    }

    private func move(toX x: Double, y: Double) {
        guard let sink, sink.abilities.absolutePointer, let mapping = window.pointerMapping else { return }
        sink.movePointer(to: mapping.pixel(atX: x, y: y), screen: mapping.guest)
    }

    /// Gives a seat's pointer, where it is over the window, the look that it should have.
    func dress(_ seat: Seat) {
        guard let pointer = seat.pointer, pointer.focus == surface else { return }
        switch look {
        case .unchanged: break
        case .hidden: pointer.setImage(nil, hotSpotX: 0, hotSpotY: 0)
        case .image(let image, let hotSpot): pointer.setImage(image, hotSpotX: hotSpot.x, hotSpotY: hotSpot.y)
        }
    }
}
