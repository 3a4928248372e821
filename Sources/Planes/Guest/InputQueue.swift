// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// A bounded queue of input for a QEMU that may be slow, or stopped: a value. Events leave in the order in which they came.
///
/// QEMU answers each event when it has handled it. While ``mostUnanswered`` answers are due, events wait; waiting motion is merged.
/// If that isn't enough, motion is dropped first, then presses. A release is never dropped, so that nothing stays down in the
/// guest, and it follows its press. A release without a press isn't sent.
///
/// A further press of a key that is down is a repeat. It is sent only while everything before it has been answered, and else
/// dropped: a guest that is slow, or stopped, isn't flooded with stale repeats.
package struct InputQueue {
    package static let mostUnanswered = 32
    /// The most events that wait, not counting releases, of which there is at most one for each thing that is down.
    package static let mostWaiting = 64

    package private(set) var waiting: [InputEvent] = []
    package private(set) var unanswered = 0
    /// What is down in the guest, or will be once everything that waits is sent.
    private var down: Set<InputEvent.Pressable> = []

    package init() {}

    /// Whether nothing waits and everything was answered.
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

    /// Takes the next event to send, if one may be sent now. Its answer is due from then on.
    package mutating func next() -> InputEvent? {
        guard unanswered < Self.mostUnanswered, !waiting.isEmpty else { return nil }
        unanswered += 1
        return waiting.removeFirst()
    }

    /// An event was answered, or couldn't be sent.
    package mutating func answered() { unanswered -= 1 }

    /// Drops the motion that waits: the guest now takes another kind.
    package mutating func dropMotion() { dropMotion(atMost: waiting.count) }

    /// Empties the queue, and returns the releases of everything that is down.
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

/// An event of one of the guest's input devices on its way to the VMM. Its numbers are valid.
package enum InputEvent: Equatable {
    case key(ScanCode, isDown: Bool)
    case button(PointerButton, isDown: Bool)
    /// The pointer's place, in the unit of the VMM's interface: a console's pixels, or parts of the whole screen.
    case place(x: UInt32, y: UInt32)
    case motion(x: Int32, y: Int32)
    case touch(TouchPhase, slot: Int, x: Double, y: Double)

    /// Something that stays down in the guest until it is released.
    package enum Pressable: Hashable {
        case key(ScanCode)
        case button(PointerButton)
        case finger(slot: Int)

        /// The event that releases it.
        package var release: InputEvent {
            switch self {
            case .key(let code): .key(code, isDown: false)
            case .button(let button): .button(button, isDown: false)
            case .finger(let slot): .touch(.cancel, slot: slot, x: 0, y: 0)
            }
        }
    }

    enum Effect {
        case press(Pressable)
        case release(Pressable)
        case move
    }

    var effect: Effect {
        switch self {
        case .key(let code, let isDown): isDown ? .press(.key(code)) : .release(.key(code))
        case .button(let button, let isDown): isDown ? .press(.button(button)) : .release(.button(button))
        case .place, .motion: .move
        case .touch(.begin, let slot, _, _): .press(.finger(slot: slot))
        case .touch(.update, _, _, _): .move
        case .touch(_, let slot, _, _): .release(.finger(slot: slot))
        }
    }

    /// This event and a later one in one; nil if they can't be merged.
    func merged(with later: InputEvent) -> InputEvent? {
        switch (self, later) {
        case (.place, .place): later
        case (.motion(let x, let y), .motion(let moreX, let moreY)):
            .motion(x: x.addingSaturated(moreX), y: y.addingSaturated(moreY))
        case (.touch(.update, let slot, _, _), .touch(.update, let sameSlot, _, _)) where slot == sameSlot: later
        default: nil
        }
    }
}

extension Int32 {
    fileprivate func addingSaturated(_ other: Int32) -> Int32 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other > 0 ? .max : .min) : sum
    }
}
