// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CPlaneProtocol
internal import Planes
internal import System

/// One plane of the source as the last query found it, and what the source has been told in return: a value.
struct ServedPlane {
    enum Shown {
        case off
        case showing(PlaneInfo, buffer: UInt64)
    }

    private(set) var shown = Shown.off
    private var damage = DamageLog()
    /// The newest generation that was found; it stays when the plane goes off.
    private var newest = Generation.none
    /// The newest generation whose fate the source knows.
    private var answered = Generation.none
    /// The pictures that the source believes committed, one for each buffer. Every one of them is held by a viewer.
    private var committed: [ToldPicture] = []

    var generation: Generation { picture?.generation ?? .none }

    /// The picture to tell a viewer of; nil while the plane is off.
    var picture: ToldPicture? {
        guard case .showing(let info, let buffer) = shown else { return nil }
        return ToldPicture(generation: info.generation, buffer: buffer, identity: info.identity)
    }

    /// Records the answer to a query. Returns whether it is news.
    mutating func found(_ state: PlaneState, names: inout BufferNames) -> Bool {
        guard case .showing(let info) = state else {
            guard case .showing = shown else { return false }
            shown = .off
            return true
        }
        if case .showing(let earlier, let buffer) = shown, earlier.generation == info.generation,
            earlier.identity == info.identity
        {
            guard earlier.position != info.position || earlier.hotSpot != info.hotSpot else { return false }
            shown = .showing(info, buffer: buffer)
            return true
        }
        damage.record(info.generation, info.damage)
        newest = info.generation
        shown = .showing(info, buffer: names.name(of: info.identity))
        return true
    }

    /// What to tell a viewer that last committed this generation.
    func info(takesMultiPlane: Bool, committed: Generation) -> plane_info {
        guard case .showing(let info, let buffer) = shown else { return .off }
        guard takesMultiPlane || info.identity.layout.planeCount == 1 else { return .off }
        return plane_info(info, buffer: buffer, damage: damage.since(committed, upTo: info.generation))
    }

    // MARK: The source's answers

    /// The newest generation if the source doesn't know yet what became of it.
    var unanswered: Generation? { newest > answered ? newest : nil }

    /// The source is told that this generation will not be shown.
    mutating func skip(_ generation: Generation) { answered = max(answered, generation) }

    /// A viewer has committed a picture. Returns whether this is news to the source: it is for the first of several viewers.
    mutating func commit(_ picture: ToldPicture) -> Bool {
        answered = max(answered, picture.generation)
        if let index = committed.firstIndex(where: { $0.buffer == picture.buffer }) {
            guard committed[index].generation != picture.generation else { return false }
            committed[index] = picture
        } else {
            committed.append(picture)
        }
        return true
    }

    /// Takes out memory that is committed as far as the source knows, and that no viewer holds any more.
    mutating func takeReleased(unless isHeld: (ToldPicture) -> Bool) -> BufferIdentity? {
        guard let index = committed.firstIndex(where: { !isHeld($0) }) else { return nil }
        return committed.remove(at: index).identity
    }
}

/// Numbers for a source's buffers, by which viewers know memory that they have already. A number never means another buffer.
struct BufferNames {
    /// More than any guest flips among; a buffer forgotten and shown again costs each viewer one call.
    private static let most = 64

    private var known = RecentStore<BufferIdentity, UInt64>(capacity: Self.most)
    private var last: UInt64 = 0

    mutating func name(of identity: BufferIdentity) -> UInt64 {
        if let name = known.find(identity) { return name }
        last += 1
        known.insert(last, as: identity)
        return last
    }
}
