// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Planes
package import Wayland

/// The compositor's seats as they come and go, for all windows of a connection, and the owners of the surfaces that their devices are
/// over.
package final class Seats {
    package private(set) var all: [Seat] = []
    package weak var observer: (any SeatObserver)?
    /// The owners of surfaces. A window has a handful of them.
    private var targets: [Target] = []
    /// nil where the compositor lacks the protocol.
    private var shortcuts: ZwpKeyboardShortcutsInhibitManagerV1?
    let pointerProtocols: PointerProtocols
    private let registry: Registry
    private var observation: Registry.Observation!

    private struct Target {
        let surface: WlSurface.Ref
        weak var target: (any SeatTarget)?
    }

    /// - Parameter arrow: called for the image of an arrow with its tip at the top left, where the compositor has no pointer shapes. nil
    ///   leaves the pointer as it is.
    package init(_ registry: Registry, arrow: @escaping () -> WlSurface.Ref?) {
        self.registry = registry
        shortcuts = try? registry.bind(ZwpKeyboardShortcutsInhibitManagerV1.self)
        pointerProtocols = PointerProtocols(registry, arrow: arrow)
        observation = registry.observe(
            added: { [unowned self] in add($0) },
            removed: { [unowned self] global in
                guard let index = all.firstIndex(where: { $0.global == global }) else { return }
                let seat = all.remove(at: index)
                seat.close()
                observer?.seatRemoved(seat)
            })
        for global in registry.globals { add(global) }
    }

    /// Sends events over this surface to a target from now on. The target is held weakly.
    package func route(_ surface: WlSurface.Ref, to target: any SeatTarget) {
        unroute(surface)
        targets.append(Target(surface: surface, target: target))
    }

    /// Forgets a surface that is about to go. Its target isn't told that devices leave it.
    package func unroute(_ surface: WlSurface.Ref) { targets.removeAll { $0.surface == surface } }

    /// The loop that the connection is attached to, if any.
    var loop: EventLoop? { registry.connection.loop }

    /// The target of events over this surface, if any.
    func target(_ surface: WlSurface.Ref?) -> (any SeatTarget)? {
        surface.flatMap { surface in targets.first { $0.surface == surface }?.target }
    }

    /// Whether the compositor can leave its shortcuts to a window.
    var canInhibitShortcuts: Bool { shortcuts != nil }

    func inhibitShortcuts(
        of seat: Seat, on surface: WlSurface.Ref, onAnswer: @escaping () -> Void
    ) -> ShortcutsInhibitor? {
        guard shortcuts != nil, let seat = seat.ref else { return nil }
        return ShortcutsInhibitor(
            shortcuts!.inhibitShortcuts(surface: surface, seat: seat), on: surface, onAnswer: onAnswer)
    }

    private func add(_ global: Registry.Global) {
        guard global.interface == WlSeat.interface.name, let seat = try? registry.bind(WlSeat.self, global) else { return }
        all.append(Seat(seat, global, self))
        observer?.seatAdded(all.last!)
    }
}

/// Is told of changes to the seats themselves, whatever surface their devices are on.
package protocol SeatObserver: AnyObject {
    func seatAdded(_ seat: Seat)
    func seatRemoved(_ seat: Seat)
    /// The seat's keyboard has come to one of the client's surfaces, or left it.
    func keyboardFocusDidChange(_ seat: Seat)
}

/// The owner of a surface, which is told the events of devices over it.
package protocol SeatTarget: AnyObject {
    func keyboard(_ event: KeyboardEvent, of seat: Seat)
    func pointer(_ event: PointerEvent, of seat: Seat)
    func touch(_ event: TouchEvent, of seat: Seat)
}

/// One user's keyboard, pointer and touchscreen. A device that is removed leaves its surface first, so that nothing stays pressed.
package final class Seat {
    let global: Registry.Global
    /// Identifies the seat among all seats of the connection.
    package var name: UInt32 { global.name }
    package private(set) var keyboard: KeyboardDevice?
    package private(set) var pointer: PointerDevice?
    package private(set) var touch: TouchDevice?
    /// The serial of the user's last action, which requests for a grab, a selection or a token need.
    package var serial: UInt32?
    private var seat: WlSeat?
    unowned let seats: Seats

    init(_ seat: consuming WlSeat, _ global: Registry.Global, _ seats: Seats) {
        self.global = global
        self.seats = seats
        self.seat = consume seat
        self.seat!.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .capabilities(let capabilities): follow(capabilities)
                case .name: break
                }
            })
    }

    package var ref: WlSeat.Ref? { seat?.ref }

    private func follow(_ capabilities: WlSeat.Capability) {
        if !capabilities.contains(.keyboard) {
            keyboard?.close()
            keyboard = nil
        } else if keyboard == nil {
            keyboard = KeyboardDevice(seat!.getKeyboard(), self)
        }
        if !capabilities.contains(.pointer) {
            pointer?.close()
            pointer = nil
        } else if pointer == nil {
            pointer = PointerDevice(seat!.getPointer(), seats.pointerProtocols, self)
        }
        if !capabilities.contains(.touch) {
            touch?.close()
            touch = nil
        } else if touch == nil {
            touch = TouchDevice(seat!.getTouch(), self)
        }
    }

    /// The compositor removed the seat.
    func close() {
        follow([])
        seat = nil
    }
}
