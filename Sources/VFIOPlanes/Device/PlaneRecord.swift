// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// The last good answer of the device about one plane, and its generation.
struct PlaneRecord {
    enum State {
        /// Nothing could be read yet.
        case unknown
        case off
        case showing(Picture)
    }

    struct Picture {
        var memory: PlaneClaim.Memory
        let buffer: DeviceBuffer
        var position: PixelPoint
        var hotSpot: PixelPoint?
    }

    private(set) var state = State.unknown
    private(set) var changes = ChangeTracker()
    /// What can't be read at the moment; nil after the next success.
    private(set) var pause: Pause?

    /// The answer to a query.
    var answer: PlaneState {
        get throws(PlaneError) {
            if case .invalid(let fault)? = pause?.fault { throw .invalid(fault) }
            switch state {
            case .unknown: throw .temporary(errno: pause?.fault.code ?? ReadFault.movedOn.code)
            case .off: return .off
            case .showing(let picture):
                return .showing(
                    PlaneInfo(
                        generation: changes.generation, identity: picture.buffer.identity, position: picture.position,
                        hotSpot: picture.hotSpot, damage: changes.damage, changedAt: changes.changedAt))
            }
        }
    }

    func buffer(generation: Generation) throws(PlaneError) -> PlaneBuffer {
        guard case .showing(let picture) = state else { throw .off }
        guard generation == changes.generation else { throw .stale(asked: generation, current: changes.generation) }
        return try picture.buffer.makeBuffer()
    }

    /// Whether a picture from this memory is shown.
    func shows(_ memory: PlaneClaim.Memory) -> Bool {
        guard case .showing(let picture) = state else { return false }
        return picture.memory == memory
    }

    var isShowing: Bool { if case .showing = state { true } else { false } }

    mutating func turnOff() {
        state = .off
        pause = nil
    }

    /// Shows another picture altogether.
    mutating func show(_ buffer: DeviceBuffer, _ claim: PlaneClaim, at now: UInt64) {
        set(buffer, claim)
        changes.replaced(at: now)
    }

    /// Shows the same picture with other pixels inside `area`, in this buffer from now on.
    mutating func change(_ area: PixelRectangle, _ buffer: DeviceBuffer, _ claim: PlaneClaim, at now: UInt64) {
        set(buffer, claim)
        changes.changed(area, at: now)
    }

    /// Counts the picture as new: the guest may have drawn into its buffer.
    mutating func redraw(at now: UInt64) { changes.replaced(at: now) }

    /// Keeps the picture, perhaps at another place.
    mutating func keep(_ claim: PlaneClaim) {
        guard case .showing(let picture) = state else { return }
        set(picture.buffer, claim)
    }

    private mutating func set(_ buffer: DeviceBuffer, _ claim: PlaneClaim) {
        state = .showing(
            Picture(memory: claim.memory, buffer: buffer, position: claim.position, hotSpot: claim.hotSpot))
        pause = nil
    }

    mutating func pause(for fault: ReadFault, memory: PlaneClaim.Memory?, at now: UInt64) {
        pause = Pause(for: fault, memory: memory, at: now, after: pause)
    }

    /// Whether this memory, or with nil any query, is known to fail for now.
    func isPaused(_ memory: PlaneClaim.Memory?, at now: UInt64) -> Bool {
        guard let pause else { return false }
        return pause.memory == memory && now < pause.until
    }

    mutating func committed(_ generation: Generation) { changes.committed(generation) }
}
