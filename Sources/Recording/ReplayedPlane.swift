// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// A plane while a recording is played.
struct ReplayedPlane {
    enum Slot {
        case empty
        case described(RecordedBuffer)
        case made(RecordedBuffer, ReplayBuffer)
    }

    private struct Shown {
        let buffer: ReplayBuffer
        let picture: RecordedPicture
        var position: PixelPoint
        let changedAt: UInt64
    }

    /// dma-bufs keep their pages in memory. Beyond this many bytes, both planes together, buffers are memfds, which have only the pages
    /// that are drawn into.
    static let mostPinnedBytes = 512 << 20

    /// The recorded buffers by their numbers.
    var slots = Array(repeating: Slot.empty, count: RecordingFormat.mostBuffers)
    private var shown: Shown?
    private var generation = Generation.none
    /// What the recorded generations are increased by: the generations of the earlier rounds.
    private var earlier = Generation.none
    private var damage = DamageLog()
    /// The newest generation that was committed.
    private var committed = Generation.none

    var pinnedBytes: Int {
        slots.reduce(0) { sum, slot in
            if case .made(_, let buffer) = slot, buffer.isDMABuffer { sum + buffer.length } else { sum }
        }
    }

    var state: PlaneState {
        guard let shown else { return .off }
        return .showing(
            PlaneInfo(
                generation: generation, identity: shown.buffer.identity, position: shown.position,
                hotSpot: shown.picture.hotSpot, damage: damage.since(committed, upTo: generation),
                isFlipped: shown.picture.isFlipped, changedAt: shown.changedAt))
    }

    func buffer(of generation: Generation) throws(PlaneError) -> PlaneBuffer {
        guard let shown else { throw .off }
        guard generation == self.generation else { throw .stale(asked: generation, current: self.generation) }
        return try shown.buffer.makeBuffer()
    }

    mutating func committed(_ generation: Generation) {
        if generation <= self.generation { committed = max(committed, generation) }
    }

    /// Another round begins.
    mutating func beginAnew() { earlier = generation }

    /// Gives a number to a buffer. One that had this number before keeps its memory if it is the same.
    mutating func describe(_ buffer: RecordedBuffer) {
        if case .made(let recorded, _) = slots[buffer.number], recorded == buffer { return }
        slots[buffer.number] = .described(buffer)
    }

    mutating func show(_ picture: RecordedPicture, in buffer: ReplayBuffer, at now: UInt64) {
        generation = Generation(rawValue: earlier.rawValue &+ picture.generation.rawValue)
        var changed = picture.damage
        if !buffer.hasPixels {
            let drawn = buffer.draw(generation, isFlipped: picture.isFlipped)
            if case .rectangle(let rectangle) = changed { changed = .rectangle(rectangle.union(drawn)) }
        }
        damage.record(generation, changed)
        shown = Shown(buffer: buffer, picture: picture, position: picture.position, changedAt: now)
    }

    /// Returns whether there is a picture that has moved.
    mutating func move(to position: PixelPoint) -> Bool {
        shown?.position = position
        return shown != nil
    }

    /// Returns whether it was on.
    mutating func turnOff() -> Bool {
        defer { shown = nil }
        return shown != nil
    }
}
