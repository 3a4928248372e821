// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Planes
package import Wayland

/// The compositor's seats, as they come and go, for all windows of a connection: each event goes to whoever has the surface.
package final class Seats {
    package private(set) var all: [Seat] = []
    package weak var observer: (any SeatObserver)?
    /// A window has a handful of surfaces.
    private var targets: [Target] = []
    /// nil where the compositor keeps its shortcuts.
    private var shortcuts: ZwpKeyboardShortcutsInhibitManagerV1?
    let pointerProtocols: PointerProtocols
    private let registry: Registry
    private var observation: Registry.Observation!

    private struct Target {
        let surface: WlSurface.Ref
        weak var target: (any SeatTarget)?
    }

    /// - Parameter arrow: a picture for pointers whose tip is its top left, where the compositor has none of its own. Asked for
    ///   when it's needed; nil leaves the pointer as it is.
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

    /// Events over this surface go there from now on. The target is held weakly.
    package func route(_ surface: WlSurface.Ref, to target: any SeatTarget) {
        unroute(surface)
        targets.append(Target(surface: surface, target: target))
    }

    /// The surface is about to go. Its target hears of no device leaving it.
    package func unroute(_ surface: WlSurface.Ref) { targets.removeAll { $0.surface == surface } }

    /// The loop that the connection is attached to, if any.
    var loop: EventLoop? { registry.connection.loop }

    func target(_ surface: WlSurface.Ref?) -> (any SeatTarget)? {
        surface.flatMap { surface in targets.first { $0.surface == surface }?.target }
    }

    /// Whether the compositor can leave its shortcuts to a window.
    var canInhibitShortcuts: Bool { shortcuts != nil }

    func inhibitShortcuts(
        of seat: WlSeat.Ref, on surface: WlSurface.Ref, onAnswer: @escaping () -> Void
    ) -> ShortcutsInhibitor? {
        guard shortcuts != nil else { return nil }
        return ShortcutsInhibitor(
            shortcuts!.inhibitShortcuts(surface: surface, seat: seat), on: surface, onAnswer: onAnswer)
    }

    private func add(_ global: Registry.Global) {
        guard global.interface == WlSeat.interface.name, let seat = try? registry.bind(WlSeat.self, global) else { return }
        all.append(Seat(seat, global, self))
        observer?.seatAdded(all.last!)
    }
}

/// Hears of the seats themselves, whatever surface their devices are on.
package protocol SeatObserver: AnyObject {
    func seatAdded(_ seat: Seat)
    func seatRemoved(_ seat: Seat)
    /// The seat's keyboard has come to one of the surfaces here, or has left it.
    func keyboardFocusDidChange(_ seat: Seat)
}

/// Hears what happens on a surface of its own.
package protocol SeatTarget: AnyObject {
    func keyboard(_ event: KeyboardEvent, of seat: Seat)
    func pointer(_ event: PointerEvent, of seat: Seat)
    func touch(_ event: TouchEvent, of seat: Seat)
}

extension SeatTarget {
    package func keyboard(_ event: KeyboardEvent, of seat: Seat) {}
    package func pointer(_ event: PointerEvent, of seat: Seat) {}
    package func touch(_ event: TouchEvent, of seat: Seat) {}
}
