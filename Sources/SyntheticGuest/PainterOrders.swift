// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Planes
internal import Synchronization
internal import System

/// What the painter's thread is told from outside: to make a picture for an input event at a time, and to end.
final class PainterOrders: Sendable {
    /// Events that come while so many wait for their pictures are lost, as on a keyboard whose buffer is full.
    static let mostReactions = 256

    private struct Content {
        var isOver = false
        /// When pictures are due, in ascending order: CLOCK_MONOTONIC in nanoseconds.
        var reactions: [UInt64] = []
    }

    private let event: EventDescriptor
    private let content = Mutex(Content())

    init() throws(SourceError) { event = try .forGuest() }

    /// The painter is to end.
    func end() {
        content.withLock { $0.isOver = true }
        event.send()
    }

    /// A picture is due at a time that isn't before the last one's.
    func react(at time: UInt64) {
        content.withLock { content in
            if content.reactions.count < Self.mostReactions { content.reactions.append(time) }
        }
        event.send()
    }

    /// Sleeps until there are new orders, or for this many nanoseconds. Returns whether there are new orders.
    func wait(atMost nanoseconds: UInt64) -> Bool {
        guard event.wait(atMost: nanoseconds) else { return false }
        event.take()
        return true
    }

    var isOver: Bool { content.withLock { $0.isOver } }

    /// When the next picture for an event is due; nil where none is.
    var nextReaction: UInt64? { content.withLock { $0.reactions.first } }

    /// Takes the next picture for an event off the list. Returns false where none is due by this time.
    func takeReaction(dueBy time: UInt64) -> Bool {
        content.withLock { content in
            guard let first = content.reactions.first, first <= time else { return false }
            content.reactions.removeFirst()
            return true
        }
    }
}

/// The keyboard and the tablet of a guest that reacts: each key or button that goes down, and each motion, makes one picture.
final class ReactingInput: InputSink {
    weak var inputDelegate: (any InputSinkDelegate)?
    let abilities = InputAbilities(keyboard: true, absolutePointer: true, touchSlots: 0)
    let locks: LockKeys? = nil
    let isDelivered = true

    private let orders: PainterOrders
    /// Nanoseconds.
    private let reactionTime: UInt64

    init(_ orders: PainterOrders, reactionTime: UInt64) {
        self.orders = orders
        self.reactionTime = reactionTime
    }

    private func react() { orders.react(at: EventLoop.now() + reactionTime) }

    func press(_ key: KeyCode, isDown: Bool) { if isDown { react() } }
    func press(_ button: PointerButton, isDown: Bool) { if isDown { react() } }
    func movePointer(to point: PixelPoint, screen: PixelSize) { react() }
    func movePointer(byX x: Int32, y: Int32) { react() }
    func touch(_ phase: TouchPhase, slot: Int, x: Double, y: Double, screen: PixelSize) {}
}
