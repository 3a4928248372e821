// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
package import Wayland

/// An event of a pointer over a surface. Places are in the surface's logical coordinates.
package enum PointerEvent {
    case entered(x: Double, y: Double)
    case left
    case moved(x: Double, y: Double)
    /// The mouse itself moved, even if its pointer stayed in place. Only where ``PointerDevice/tellsMotion``.
    case pushed(MouseMotion)
    /// A button by its Linux code (`BTN_*` in linux/input-event-codes.h). The time is in milliseconds; it has no defined beginning, and
    /// wraps.
    case button(UInt32, isDown: Bool, time: UInt32)
    case scrolled(x: Scroll, y: Scroll)
    /// The compositor activated or deactivated the pointer's constraint.
    case constraintChanged
}

/// A seat's wl_pointer: the surface that it is over, and its events there, frame by frame.
package final class PointerDevice {
    package private(set) var focus: WlSurface.Ref?
    /// Its place on ``focus``.
    private(set) var place = SurfacePoint(x: 0, y: 0)
    /// The serial of the event that brought it over ``focus``, which requests for a look need.
    package private(set) var enterSerial: UInt32 = 0
    /// The look that it was last given over ``focus``.
    package private(set) var look: PointerLook?
    private(set) var constraint: PointerConstraint?
    private var frame = PointerFrame()
    // These objects are destroyed before the pointer that they belong to.
    private var relative: ZwpRelativePointerV1?
    private var shape: WpCursorShapeDeviceV1?
    private var pointer: WlPointer
    private let protocols: PointerProtocols
    private unowned let seat: Seat

    init(_ pointer: consuming WlPointer, _ protocols: PointerProtocols, _ seat: Seat) {
        self.pointer = pointer
        self.protocols = protocols
        self.seat = seat
        self.pointer.listen(Listener { [unowned self] event in handle(event) })
    }

    private func handle(_ event: consuming WlPointer.Event) {
        switch consume event {
        case .enter(let serial, let surface, let x, let y):
            leave()
            focus = surface
            enterSerial = serial
            place = SurfacePoint(x: x.double, y: y.double)
            tell(.entered(x: place.x, y: place.y))
        case .leave: leave()
        case .motion(_, let x, let y):
            frame.move(to: SurfacePoint(x: x.double, y: y.double))
            finishAlone()
        case .button(let serial, let time, let button, let state):
            seat.serial = serial
            frame.press(button, isDown: state == .pressed, time: time)
            frame.isFull ? finish() : finishAlone()
        case .axis(_, let axis, let distance): scroll(axis) { $0.add(pixels: distance) }
        case .axisDiscrete(let axis, let steps): scroll(axis) { $0.add(steps: steps) }
        case .axisValue120(let axis, let count): scroll(axis) { $0.add(step120ths: count) }
        case .axisStop(_, let axis): scroll(axis) { $0.stop() }
        case .frame: finish()
        case .axisSource: break
        case .axisRelativeDirection: break
        }
    }

    private func scroll(_ axis: WlPointer.Axis, _ change: (inout ScrollFrame) -> Void) {
        frame.scroll(axis, change)
        finishAlone()
    }

    /// Before version 5, each event is a frame.
    private func finishAlone() {
        if pointer.version < 5 { finish() }
    }

    private func finish() {
        // A handler may cause an event that ends another frame.
        let ended = frame
        frame = PointerFrame()
        ended.tell { event in
            if case .moved(let x, let y) = event { place = SurfacePoint(x: x, y: y) }
            tell(event)
        }
    }

    private func leave() {
        guard focus != nil else { return }
        finish()
        tell(.left)
        focus = nil
        look = nil
    }

    private func tell(_ event: PointerEvent) { seat.seats.target(focus)?.pointer(event, of: seat) }

    func close() {
        leave()
        constraint = nil
        relative = nil
        shape = nil
    }
}

extension PointerDevice {
    /// Gives the pointer this look while it is over ``focus``.
    package func wear(_ look: PointerLook) {
        self.look = look
        switch look {
        case .hidden: pointer.setCursor(serial: enterSerial, surface: nil, hotspotX: 0, hotspotY: 0)
        case .image(let surface, let hotSpot):
            pointer.setCursor(serial: enterSerial, surface: surface, hotspotX: hotSpot.x, hotspotY: hotSpot.y)
        case .shape(let name):
            guard protocols.shapes != nil else {
                if let arrow = protocols.arrow() {
                    pointer.setCursor(serial: enterSerial, surface: arrow, hotspotX: 0, hotspotY: 0)
                }
                return
            }
            if shape == nil { shape = protocols.shapes!.getPointer(pointer: pointer.ref) }
            shape!.setShape(serial: enterSerial, shape: name)
        }
    }

    /// Whether the mouse's own motion is told, where the compositor can. It costs one more event for each motion.
    var tellsMotion: Bool {
        get { relative != nil }
        set {
            guard newValue != tellsMotion else { return }
            guard newValue else { return relative = nil }
            relative = protocols.relative?.getRelativePointer(pointer: pointer.ref)
            relative?.listen(
                Listener { [unowned self] event in
                    switch consume event {
                    case .relativeMotion(_, _, _, _, let x, let y):
                        frame.move(by: MouseMotion(x: x.double, y: y.double))
                        finishAlone()
                    }
                })
        }
    }

    /// Constrains the pointer to the surface that it is over, or ends its constraint. The compositor tells when a constraint takes effect,
    /// if ever.
    func constrain(_ kind: PointerConstraint.Kind?) {
        guard kind != constraint?.kind || focus != constraint?.surface else { return }
        // The old one ends first: a pointer and a surface can have only one.
        constraint?.end()
        constraint = nil
        guard let kind, let focus, protocols.constraints != nil else { return }
        constraint = PointerConstraint(kind, pointer.ref, on: focus, protocols.constraints!) { [unowned self] in
            finish()
            seat.seats.target(focus)?.pointer(.constraintChanged, of: seat)
        }
    }
}

/// The compositor's optional protocols for pointers, which all pointers share; nil where it lacks one.
final class PointerProtocols {
    /// Keeps a pointer on a surface or in place.
    var constraints: ZwpPointerConstraintsV1?
    /// Tells the mouse's own motion.
    var relative: ZwpRelativePointerManagerV1?
    /// Draws the usual looks of a pointer.
    var shapes: WpCursorShapeManagerV1?
    /// The image for pointers where there are no shapes.
    let arrow: () -> WlSurface.Ref?

    init(_ registry: Registry, arrow: @escaping () -> WlSurface.Ref?) {
        self.arrow = arrow
        constraints = try? registry.bind(ZwpPointerConstraintsV1.self)
        relative = try? registry.bind(ZwpRelativePointerManagerV1.self)
        shapes = try? registry.bind(WpCursorShapeManagerV1.self)
    }

    /// Whether a pointer can be constrained so. A locked pointer without the mouse's own motion would be useless.
    func allow(_ kind: PointerConstraint.Kind) -> Bool {
        switch kind {
        case .confined: constraints != nil
        case .locked: constraints != nil && relative != nil
        }
    }
}
