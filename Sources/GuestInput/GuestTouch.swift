// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// The guest's touchscreen: a value; fingers go in, what the guest is given comes out. Every finger that began ends, and once.
struct GuestTouch {
    struct Action: Equatable {
        let phase: TouchPhase
        let slot: Int
        /// Pixels and their parts.
        let x, y: Double
        let screen: PixelSize
    }

    struct Finger: Hashable {
        let seat: UInt32
        let id: Int32
    }

    /// How many fingers the guest can tell apart.
    private(set) var slots = 0
    private var fingers: [Finger: Action] = [:]

    /// Fingers that are down when the guest's screen becomes another one are taken back, as far as it still knows them.
    mutating func setSlots(_ count: Int) -> [Action] {
        guard count != slots else { return [] }
        slots = max(count, 0)
        return cancel { _ in true }
    }

    /// Fingers beside the picture, and more of them than there are slots, aren't the guest's.
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
    /// Where it was last, which is where it ends.
    fileprivate func ending(_ phase: TouchPhase) -> GuestTouch.Action {
        GuestTouch.Action(phase: phase, slot: slot, x: x, y: y, screen: screen)
    }
}
