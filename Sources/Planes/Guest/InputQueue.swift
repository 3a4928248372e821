// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Input on its way to a QEMU that may be slow, or stopped: it waits here in its order, in so little room that it can't grow.
///
/// QEMU answers each event when it has handled it. While ``mostUnanswered`` are owed, events wait; motion that waits becomes one
/// motion. Where even that is too much, motion is lost first, then presses; a release never is, so that nothing stays down in
/// the guest, and it comes after the press that it belongs to. The release of what was never pressed isn't sent.
///
/// A further press of a key that is down is a repeat. It is sent only while everything before it has been answered, and else
/// dropped: a guest that is slow, or stopped, doesn't find a row of old repeats waiting.
package struct InputQueue {
    package static let mostUnanswered = 32
    /// Releases come on top: at most one for each thing that is down.
    package static let mostWaiting = 64

    package private(set) var waiting: [InputEvent] = []
    package private(set) var unanswered = 0
    /// What is down in the guest, or will be when the queue is empty.
    private var down: Set<InputEvent.Pressable> = []

    package init() {}

    /// Whether nothing waits and everything is answered.
    package var isDelivered: Bool { waiting.isEmpty && unanswered == 0 }

    package mutating func add(_ event: InputEvent) {
        switch event.effect {
        case .move:
            if let merged = waiting.last?.merged(with: event) {
                waiting[waiting.count - 1] = merged
            } else if waiting.count < Self.mostWaiting {
                waiting.append(event)
            }
        case .press(let thing) where down.contains(thing):
            if case .key = thing, isDelivered { waiting.append(event) }
        case .press(let thing):
            if waiting.count >= Self.mostWaiting { dropMotion(atMost: 1) }
            guard waiting.count < Self.mostWaiting else { return }
            down.insert(thing)
            waiting.append(event)
        case .release(let thing):
            if down.remove(thing) != nil { waiting.append(event) }
        }
    }

    /// The next event to be sent, if one may be; it owes an answer from then on.
    package mutating func next() -> InputEvent? {
        guard unanswered < Self.mostUnanswered, !waiting.isEmpty else { return nil }
        unanswered += 1
        return waiting.removeFirst()
    }

    /// A event was answered, or couldn't be sent.
    package mutating func answered() { unanswered -= 1 }

    /// Motion that waits means nothing any more: the guest takes another kind.
    package mutating func dropMotion() { dropMotion(atMost: waiting.count) }

    /// The end: nothing waits any more, and this lets go of all that is down.
    package mutating func finish() -> [InputEvent] {
        waiting = []
        defer { down = [] }
        return down.map(\.release)
    }

    private mutating func dropMotion(atMost count: Int) {
        var rest = count
        waiting.removeAll { event in
            guard rest > 0, case .move = event.effect else { return false }
            rest -= 1
            return true
        }
    }
}
