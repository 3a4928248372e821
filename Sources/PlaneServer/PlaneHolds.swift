// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CPlaneProtocol
internal import Planes

/// A picture as a viewer was told of it.
struct ToldPicture: Equatable {
    let generation: Generation
    /// The server's number for the memory.
    let buffer: UInt64
    let identity: BufferIdentity
}

/// The pictures of one plane that a viewer shows or may be about to show: a value that hears of what goes over the wire.
///
/// A viewer holds three kinds of pictures:
/// - those that it was told since it last acknowledged, and the last one that it did acknowledge, which it commits next if nothing
///   newer reaches it;
/// - the answer to its last query;
/// - those that it has committed, until it releases their memory.
struct PlaneHolds {
    /// The largest number of unreleased buffers. If a viewer commits more, the one that it committed first is given up: a
    /// viewer whose compositor releases nothing must not fill the server's memory.
    static let mostCommitted = Int(PLANE_UNRELEASED_BUFFERS)

    private struct Told {
        let sequence: UInt64
        /// nil if the plane was off, or the viewer has skipped the picture.
        var picture: ToldPicture?
    }

    /// In the order of their sequence numbers. Once something was acknowledged, the first is what was acknowledged last.
    private var told: [Told] = []
    private var asked: ToldPicture?
    /// One for each buffer, in the order of their commits.
    private var committed: [ToldPicture] = []
    /// The generation that the viewer committed last. Damage is counted from it.
    private(set) var lastCommitted = Generation.none
    /// The generation that the viewer skipped last.
    private(set) var lastSkipped = Generation.none

    /// Records that the state with this number told the viewer of a picture, or that the plane is off.
    mutating func tell(_ picture: ToldPicture?, in sequence: UInt64) {
        told.append(Told(sequence: sequence, picture: picture))
    }

    /// Records that the viewer will commit nothing that it was told before this state.
    mutating func acknowledge(_ sequence: UInt64) {
        while told.count > 1, told[1].sequence <= sequence { told.removeFirst() }
    }

    /// Records the answer to a query, which replaces the one before it.
    mutating func answer(_ picture: ToldPicture?) { asked = picture }

    /// Records that the viewer has committed a generation. Returns its picture; nil if the viewer doesn't hold it, which isn't
    /// believed.
    mutating func commit(_ generation: Generation) -> ToldPicture? {
        guard let picture = find(generation) else { return nil }
        lastCommitted = generation
        committed.removeAll { $0.buffer == picture.buffer }
        if committed.count == Self.mostCommitted { committed.removeFirst() }
        committed.append(picture)
        return picture
    }

    /// Records that the viewer will never commit a generation that it was told of. It may have committed it before.
    mutating func skip(_ generation: Generation) {
        guard find(generation) != nil else { return }
        lastSkipped = generation
        for index in told.indices where told[index].picture?.generation == generation { told[index].picture = nil }
        if asked?.generation == generation { asked = nil }
    }

    /// Records that the viewer's compositor no longer uses a buffer. An unknown number means nothing.
    mutating func release(_ buffer: UInt64) { committed.removeAll { $0.buffer == buffer } }

    var generations: HeldGenerations {
        var held = HeldGenerations(committed.lazy.map(\.generation))
        for state in told { held.insert(state.picture?.generation ?? .none) }
        held.insert(asked?.generation ?? .none)
        return held
    }

    func contains(_ generation: Generation) -> Bool { find(generation) != nil }

    /// Whether any picture that the viewer holds is in this buffer.
    func contains(buffer: UInt64) -> Bool {
        asked?.buffer == buffer || told.contains { $0.picture?.buffer == buffer } || committed.contains { $0.buffer == buffer }
    }

    private func find(_ generation: Generation) -> ToldPicture? {
        if let asked, asked.generation == generation { return asked }
        for state in told { if let picture = state.picture, picture.generation == generation { return picture } }
        return committed.first { $0.generation == generation }
    }
}

/// Which states are on their way to a viewer. A viewer that falls behind by the window's size is told nothing until it
/// acknowledges a state, and then only the newest.
struct StateWindow: Equatable {
    /// The number of states that may be sent ahead of their acknowledgement.
    let size: UInt64
    private(set) var sent: UInt64 = 0
    private(set) var acknowledged: UInt64 = 0

    init(size: UInt64) { self.size = size }

    var isOpen: Bool { sent - acknowledged < size }

    /// Takes the next state's number.
    mutating func send() -> UInt64 {
        sent += 1
        return sent
    }

    /// Records an acknowledgement. A lower number than one that came before says nothing new.
    mutating func acknowledge(_ sequence: UInt64) throws(ProtocolFault) {
        guard sequence > 0, sequence <= sent else { throw .wrongSequence(sequence) }
        acknowledged = max(acknowledged, sequence)
    }
}

/// How many messages a viewer may still send: as many as it has reason to, and a few more. A value that is told the time.
struct MessageBudget {
    /// The messages that one notice entitles a viewer to: an acknowledgement, and for each plane a query, a request for memory, a
    /// commit or a skip, and two releases.
    private static let forEachNotice = 12.0
    /// Messages without any reason.
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
