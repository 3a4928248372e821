// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// What one viewer may be showing of one plane, or about to show: a value, told of what goes over the wire.
///
/// Held are what it was told since it last acknowledged, and the last thing that it did acknowledge, since that is what it
/// commits next if nothing newer reaches it; what it asked for by itself; and the last two that it has taken, since a compositor
/// may scan the older one until the next refresh.
struct PlaneHolds: Equatable {
    private struct Told: Equatable {
        let sequence: UInt64
        let generation: Generation
    }

    /// In the order of their sequence numbers; the first is what was last acknowledged, or where nothing was, not there.
    private var told: [Told] = []
    private var asked = Generation.none
    private var taken = Generation.none
    private var takenBefore = Generation.none

    /// A state of this number tells it of this generation; `.none` where the plane is off.
    mutating func tell(_ generation: Generation, in sequence: UInt64) {
        told.append(Told(sequence: sequence, generation: generation))
    }

    /// It will show nothing that it was told before this state.
    mutating func acknowledge(_ sequence: UInt64) {
        while told.count > 1, told[1].sequence <= sequence { told.removeFirst() }
    }

    /// It queried, and is done with what it queried before.
    mutating func answer(_ generation: Generation) { asked = generation }

    /// It has put this one on screen. What it doesn't hold is not believed.
    mutating func take(_ generation: Generation) {
        guard generation != taken, generations.contains(generation) else { return }
        takenBefore = taken
        taken = generation
    }

    /// What it was told in the last state that it acknowledged.
    var lastAcknowledged: Generation { told.first.map(\.generation) ?? .none }

    /// The last that it put on screen.
    var lastTaken: Generation { taken }

    var generations: HeldGenerations {
        var held = HeldGenerations(told.lazy.map(\.generation))
        held.insert(asked)
        held.insert(taken)
        held.insert(takenBefore)
        return held
    }
}

/// Which states are on their way to a viewer: it may fall behind by so many, and is then told only the newest when it is back.
struct StateWindow: Equatable {
    /// States that may be sent ahead of their acknowledgement.
    let size: UInt64
    private(set) var sent: UInt64 = 0
    private(set) var acknowledged: UInt64 = 0

    init(size: UInt64) { self.size = size }

    var isOpen: Bool { sent - acknowledged < size }

    /// The next state's number.
    mutating func send() -> UInt64 {
        sent += 1
        return sent
    }

    /// An older number than one that came before says nothing new.
    mutating func acknowledge(_ sequence: UInt64) throws(ProtocolFault) {
        guard sequence > 0, sequence <= sent else { throw .wrongSequence(sequence) }
        acknowledged = max(acknowledged, sequence)
    }
}

/// How many messages a viewer may still send: what it has cause for, and a few more. A value that is told the time.
struct MessageBudget {
    /// For each thing that it is told: an acknowledgement, and both planes taken and got.
    private static let forEachNotice = 5.0
    /// Without any cause.
    private static let aSecond = 100.0
    private static let most = 512.0

    private var left = 64.0
    private var refilledAt: UInt64

    /// - Parameter time: CLOCK_MONOTONIC in nanoseconds.
    init(at time: UInt64) { refilledAt = time }

    mutating func wasTold() { left = min(left + Self.forEachNotice, Self.most) }

    mutating func receive(at time: UInt64) throws(ProtocolFault) {
        left = min(left + Double(time - refilledAt) / 1e9 * Self.aSecond, Self.most)
        refilledAt = time
        guard left >= 1 else { throw .flood }
        left -= 1
    }
}
