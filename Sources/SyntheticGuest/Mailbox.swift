// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes
internal import Synchronization
internal import System

/// What the painter's thread and the viewer's tell each other: the newest picture, the cursor's place and the end of the guest in
/// one direction, and which buffers must stay as they are in the other.
///
/// The lock is held for a few assignments. The eventfd is written at most once until the viewer has read it.
final class Mailbox: Sendable {
    private struct Content {
        var buffers: [GuestBuffer] = []
        var ring = BufferRing()
        var damage = DamageLog()
        /// The newest generation that was committed.
        var committed = Generation.none
        var changedAt: UInt64 = 0
        var cursor = PixelPoint.zero
        var isSignalled = false
        var failure: SourceError?
    }

    /// The painter's next canvas.
    enum Canvas {
        case buffer(GuestBuffer, slot: Int)
        /// All buffers are kept, and one more is allowed: make it with the next picture, add it, and publish it.
        case wanted
        /// All buffers are kept, and no more are allowed: leave this picture out.
        case none
    }

    /// Readable while there is news for the viewer.
    let event: EventDescriptor
    private let content = Mutex(Content())

    init() throws(SourceError) { event = try .forGuest() }

    private func signal(_ change: (inout Content) -> Void) {
        let isNews = content.withLock { content in
            change(&content)
            defer { content.isSignalled = true }
            return !content.isSignalled
        }
        if isNews { event.send() }
    }
}

extension EventDescriptor {
    static func forGuest() throws(SourceError) -> EventDescriptor {
        do throws(Errno) { return try EventDescriptor() } catch {
            throw SourceError(.fault, "demo: no eventfd (\(error.text)): raise the limit of open files")
        }
    }
}

// The painter's side.
extension Mailbox {
    func nextCanvas() -> Canvas {
        content.withLock { content in
            if let slot = content.ring.beginDrawing() { return .buffer(content.buffers[slot], slot: slot) }
            return content.ring.canGrow ? .wanted : .none
        }
    }

    /// A canvas if no buffer can be added. Of several viewers the slowest lose their buffers until there is one.
    func nextCanvasAtAnyRate() -> Canvas {
        content.withLock { content in
            repeat {
                if let slot = content.ring.beginDrawing() { return .buffer(content.buffers[slot], slot: slot) }
            } while content.ring.dropSlowest()
            return .none
        }
    }

    /// Adds a buffer. Returns its slot.
    func add(_ buffer: GuestBuffer) -> Int {
        content.withLock { content in
            content.buffers.append(buffer)
            return content.ring.grow()
        }
    }

    func publish(_ generation: Generation, slot: Int, damage: PixelRectangle, cursor: PixelPoint, at time: UInt64) {
        signal { content in
            content.ring.publish(slot, generation)
            content.damage.record(generation, .rectangle(damage))
            content.changedAt = time
            content.cursor = cursor
        }
    }

    /// Begins a new mode with its first picture, and lets go of the old mode's buffers.
    func publishMode(_ generation: Generation, _ buffer: GuestBuffer, cursor: PixelPoint, at time: UInt64) {
        signal { content in
            content.buffers = [buffer]
            content.ring.clear()
            content.ring.publish(content.ring.grow(), generation)
            content.damage.record(generation, .everything)
            content.changedAt = time
            content.cursor = cursor
        }
    }

    func moveCursor(to position: PixelPoint) { signal { $0.cursor = position } }

    func fail(_ error: SourceError) { signal { $0.failure = error } }
}

// The viewer's side.
extension Mailbox {
    /// Takes the signal back. Returns why the painter has ended, or nil while it runs.
    func hear() -> SourceError? {
        event.take()
        return content.withLock { content in
            content.isSignalled = false
            return content.failure
        }
    }

    func newestPicture() -> PlaneInfo? {
        content.withLock { content in
            guard let slot = content.ring.newestSlot else { return nil }
            return PlaneInfo(
                generation: content.ring.current, identity: content.buffers[slot].identity,
                damage: content.damage.since(content.committed, upTo: content.ring.current), changedAt: content.changedAt)
        }
    }

    var cursorPosition: PixelPoint { content.withLock { $0.cursor } }

    func buffer(of generation: Generation) throws(PlaneError) -> GuestBuffer {
        try content.withLock { (content) throws(PlaneError) in
            guard let slot = content.ring.slot(of: generation) else {
                throw .stale(asked: generation, current: content.ring.current)
            }
            return content.buffers[slot]
        }
    }

    func hold(_ generations: HeldGenerations, for viewer: Int) -> Bool {
        content.withLock { $0.ring.hold(generations, for: viewer) }
    }

    func committed(_ generation: Generation) {
        content.withLock { content in
            content.ring.commit(generation)
            if generation <= content.ring.current { content.committed = max(content.committed, generation) }
        }
    }

    func released(_ identity: BufferIdentity) {
        content.withLock { content in
            // A buffer of an earlier mode isn't among them.
            guard let slot = content.buffers.firstIndex(where: { $0.identity == identity }) else { return }
            content.ring.release(slot)
        }
    }
}
