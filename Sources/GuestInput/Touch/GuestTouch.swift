// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// The guest's touchscreen: a value. Fingers go in, and actions for the guest come out. Every finger that began ends
/// exactly once.
struct GuestTouch {
    struct Action: Equatable {
        let phase: TouchPhase
        let slot: Int
        /// The place in pixels, with fractions.
        let x, y: Double
        let screen: PixelSize
    }

    struct Finger: Hashable {
        let seat: UInt32
        let id: Int32
    }

    /// The number of fingers that the guest can tell apart.
    private(set) var slots = 0
    private var fingers: [Finger: Action] = [:]

    /// Cancels the fingers that are down when the number of slots changes, as far as the guest still knows them.
    mutating func setSlots(_ count: Int) -> [Action] {
        guard count != slots else { return [] }
        slots = max(count, 0)
        return cancel { _ in true }
    }

    /// Ignores fingers beside the picture, and more fingers than there are slots.
    mutating func down(_ finger: Finger, at place: SurfacePoint, _ mapping: PointerMapping?) -> [Action] {
        guard fingers[finger] == nil, let slot = freeSlot, let mapping, mapping.contains(x: place.x, y: place.y) else {
            return []
        }
        return [set(finger, .begin, slot, place, mapping)]
    }

    mutating func move(_ finger: Finger, to place: SurfacePoint, _ mapping: PointerMapping?) -> [Action] {
        guard let last = fingers[finger], let mapping else { return [] }
        return [set(finger, .update, last.slot, place, mapping)]
    }

    mutating func up(_ finger: Finger) -> [Action] { fingers.removeValue(forKey: finger).map { [$0.ending(.end)] } ?? [] }

    mutating func cancel(_ isTaken: (Finger) -> Bool = { _ in true }) -> [Action] {
        let taken = fingers.filter { isTaken($0.key) }.sorted { $0.value.slot < $1.value.slot }
        for (finger, _) in taken { fingers[finger] = nil }
        return taken.map(\.value).filter { $0.slot < slots }.map { $0.ending(.cancel) }
    }

    private var freeSlot: Int? {
        let taken = Set(fingers.values.map(\.slot))
        return (0..<slots).first { !taken.contains($0) }
    }

    private mutating func set(
        _ finger: Finger, _ phase: TouchPhase, _ slot: Int, _ place: SurfacePoint, _ mapping: PointerMapping
    ) -> Action {
        let place = mapping.place(atX: place.x, y: place.y)
        let action = Action(phase: phase, slot: slot, x: place.x, y: place.y, screen: mapping.guest)
        fingers[finger] = action
        return action
    }
}

extension GuestTouch.Action {
    /// The same finger, ending at its last place.
    fileprivate func ending(_ phase: TouchPhase) -> GuestTouch.Action {
        GuestTouch.Action(phase: phase, slot: slot, x: x, y: y, screen: screen)
    }
}
