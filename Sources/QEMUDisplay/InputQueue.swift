// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Input on its way to a QEMU that may be slow, or stopped: it waits here in its order, in so little room that it can't grow.
///
/// QEMU answers each call when it has handled it. While ``mostUnanswered`` are owed, calls wait; motion that waits becomes one
/// motion. Where even that is too much, motion is lost first, then presses; a release never is, so that nothing stays down in
/// the guest, and it comes after the press that it belongs to. The release of what was never pressed isn't sent.
struct InputQueue {
    static let mostUnanswered = 32
    /// Releases come on top: at most one for each thing that is down.
    static let mostWaiting = 64

    private(set) var waiting: [InputCall] = []
    private(set) var unanswered = 0
    /// What is down in the guest, or will be when the queue is empty.
    private var down: Set<InputCall.Pressable> = []

    /// Whether nothing waits and every call is answered.
    var isDelivered: Bool { waiting.isEmpty && unanswered == 0 }

    mutating func add(_ call: InputCall) {
        switch call.effect {
        case .move:
            if let merged = waiting.last?.merged(with: call) {
                waiting[waiting.count - 1] = merged
            } else if waiting.count < Self.mostWaiting {
                waiting.append(call)
            }
        case .press(let thing):
            if waiting.count >= Self.mostWaiting { dropMotion(atMost: 1) }
            guard waiting.count < Self.mostWaiting, down.insert(thing).inserted else { return }
            waiting.append(call)
        case .release(let thing):
            if down.remove(thing) != nil { waiting.append(call) }
        }
    }

    /// The next call to be sent, if one may be; it owes an answer from then on.
    mutating func next() -> InputCall? {
        guard unanswered < Self.mostUnanswered, !waiting.isEmpty else { return nil }
        unanswered += 1
        return waiting.removeFirst()
    }

    /// A call was answered, or couldn't be sent.
    mutating func answered() { unanswered -= 1 }

    /// Motion that waits means nothing any more: the guest takes another kind.
    mutating func dropMotion() { dropMotion(atMost: waiting.count) }

    /// The end: nothing waits any more, and this lets go of all that is down.
    mutating func finish() -> [InputCall] {
        waiting = []
        defer { down = [] }
        return down.map(\.release)
    }

    private mutating func dropMotion(atMost count: Int) {
        var rest = count
        waiting.removeAll { call in
            guard rest > 0, case .move = call.effect else { return false }
            rest -= 1
            return true
        }
    }
}
