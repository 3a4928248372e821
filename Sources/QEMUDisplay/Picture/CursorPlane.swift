// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// The guest's hardware cursor: a picture with its position, shown while the guest has it on and there is a picture.
struct CursorPlane {
    var picture: Picture?
    var hotSpot: PixelPoint?
    /// The top left corner. MouseSet names the corner, not the hot spot: virtio-gpu passes on the corner of the guest's cursor
    /// plane, and QEMU's other displays draw the picture from there (egl-headless) or add the hot spot (SPICE).
    private(set) var position = PixelPoint.zero
    private(set) var isOn = false
    private(set) var changes = ChangeTracker()

    var state: PlaneState {
        guard isOn, let picture else { return .off }
        return .showing(
            PlaneInfo(
                generation: changes.generation, identity: picture.buffer.identity, position: position, hotSpot: hotSpot,
                damage: .everything, changedAt: changes.changedAt))
    }

    func buffer(generation: Generation) throws(PlaneError) -> PlaneBuffer {
        guard isOn, let picture else { throw .off }
        guard generation == changes.generation else { throw .stale(asked: generation, current: changes.generation) }
        return try picture.makeBuffer()
    }

    mutating func define(_ picture: Picture, hotSpot: PixelPoint?, at time: UInt64) {
        self.picture = picture
        self.hotSpot = hotSpot
        changes.replaced(at: time)
    }

    /// Returns whether anything visible changed.
    mutating func move(to place: PixelPoint, isOn: Bool) -> Bool {
        // Nothing is seen beyond this, and whoever adds to a place needs no care.
        let limit = Int32(LayoutClaim.largestPrimary)
        let place = PixelPoint(x: min(max(place.x, -limit), limit), y: min(max(place.y, -limit), limit))
        guard isOn != self.isOn || isOn && place != position else { return false }
        position = place
        self.isOn = isOn
        return picture != nil
    }
}
