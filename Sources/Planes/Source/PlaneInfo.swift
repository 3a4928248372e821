// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// What a plane shows at the moment it was asked.
public struct PlaneInfo: Sendable {
    public let generation: Generation
    public let identity: BufferIdentity
    /// The top left corner on the guest's screen. The hot spot isn't in it (VFIO's `x_pos`, QEMU's MouseSet).
    public let position: PixelPoint
    /// The cursor's active pixel, from its own top left; nil where unknown.
    public let hotSpot: PixelPoint?
    /// What changed since the generation last committed.
    public let damage: Damage
    /// Whether the first row in memory is the bottom one (QEMU's `y0_top`).
    public let isFlipped: Bool
    /// When the source learnt of this generation: CLOCK_MONOTONIC in nanoseconds. The start of `changeToCommit`.
    public let changedAt: UInt64

    public init(
        generation: Generation, identity: BufferIdentity, position: PixelPoint = .zero, hotSpot: PixelPoint? = nil,
        damage: Damage = .everything, isFlipped: Bool = false, changedAt: UInt64
    ) {
        self.generation = generation
        self.identity = identity
        self.position = position
        self.hotSpot = hotSpot
        self.damage = damage
        self.isFlipped = isFlipped
        self.changedAt = changedAt
    }
}

/// The answer to a query.
public enum PlaneState: Sendable {
    /// There is no picture: the display is off, the cursor hidden.
    case off
    case showing(PlaneInfo)
}
