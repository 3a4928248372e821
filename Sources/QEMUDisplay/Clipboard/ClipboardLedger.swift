// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// Keeps track of who owns the clipboard that guest and host share, and which answers are outstanding. Events go in, actions come
/// out.
///
/// Each grab has a serial, counted by both sides together, so that both sides agree on the newer of two grabs that cross on their
/// way. Of two with the same serial the host's wins (QEMU's `qemu_clipboard_check_serial`). The count restarts together with the
/// guest's agent.
struct ClipboardLedger {
    enum Action: Hashable {
        /// Tells QEMU that the host offers these kinds.
        case grab(serial: UInt32, Set<ClipboardKind>)
        /// Tells QEMU that the host offers nothing any more.
        case release
        /// Asks QEMU for the guest's content.
        case request(ClipboardKind)
        /// Tells the host which kinds the guest offers.
        case tell(Set<ClipboardKind>)
        /// Tells the host that the content it asked for won't come.
        case deny(ClipboardKind)
    }

    private enum Owner {
        case nobody
        case host(Set<ClipboardKind>)
        case guest(Set<ClipboardKind>)
    }

    private var owner = Owner.nobody
    private var isRegistered = false
    /// The serial of the next grab.
    private var serial: UInt32 = 0
    /// The request that QEMU hasn't answered. It takes one at a time.
    private var asked: ClipboardKind?
    /// The request to send after that.
    private var waiting: Set<ClipboardKind> = []
    /// Whether the guest waits for the host's content.
    private(set) var owesContent = false

    /// QEMU has registered us as the host's side.
    mutating func registered() -> [Action] {
        isRegistered = true
        guard case .host(let kinds) = owner else { return [] }
        return [grab(kinds)]
    }

    /// The guest's agent has restarted, with serials from 0, and knows nothing of the host's offer. QEMU still knows the last grab,
    /// and accepts none with a lower serial before that is released.
    mutating func restarted() -> [Action] {
        serial = 0
        guard isRegistered, case .host(let kinds) = owner else { return [] }
        return [.release, grab(kinds)]
    }

    /// The host offers new content; without kinds, it offers nothing any more.
    mutating func hostHas(_ kinds: Set<ClipboardKind>) -> [Action] {
        var actions: [Action] = []
        switch (owner, kinds.isEmpty) {
        case (.host, true):
            owner = .nobody
            return isRegistered ? [.release] : []
        case (.nobody, true), (.guest, true): return []
        case (.guest, false): actions = forgetGuest()
        case (_, false): break
        }
        owner = .host(kinds)
        return isRegistered ? actions + [grab(kinds)] : actions
    }

    mutating func guestGrabs(serial theirs: UInt32, _ kinds: Set<ClipboardKind>) -> [Action] {
        if case .host = owner, theirs < serial { return [] }
        serial = max(serial, theirs == .max ? theirs : theirs + 1)
        owner = .guest(kinds)
        return [.tell(kinds)]
    }

    /// QEMU also reports our own releases, after which the host may have made a new offer.
    mutating func guestReleases() -> [Action] {
        guard case .guest = owner else { return [] }
        owner = .nobody
        return forgetGuest()
    }

    /// The host wants the guest's content.
    mutating func hostWants(_ kind: ClipboardKind) -> [Action] {
        guard isRegistered, case .guest(let kinds) = owner, kinds.contains(kind) else { return [.deny(kind)] }
        guard asked == nil else {
            waiting.insert(kind)
            return []
        }
        asked = kind
        return [.request(kind)]
    }

    /// QEMU has answered the request, or won't.
    mutating func answered() -> [Action] {
        asked = nil
        guard let next = ClipboardKind.allCases.first(where: waiting.contains) else { return [] }
        waiting.remove(next)
        return hostWants(next)
    }

    /// The guest wants one of these kinds. Returns those that it can have.
    mutating func guestWants(_ kinds: Set<ClipboardKind>) -> Set<ClipboardKind> {
        guard isRegistered, !owesContent, case .host(let ours) = owner else { return [] }
        let both = kinds.intersection(ours)
        owesContent = !both.isEmpty
        return both
    }

    /// The guest has been answered.
    mutating func gave() { owesContent = false }

    /// QEMU is gone, or has refused us.
    mutating func ended() -> [Action] {
        isRegistered = false
        owesContent = false
        return guestReleases()
    }

    private mutating func grab(_ kinds: Set<ClipboardKind>) -> Action {
        defer { serial = serial == .max ? serial : serial + 1 }
        return .grab(serial: serial, kinds)
    }

    private mutating func forgetGuest() -> [Action] {
        defer { waiting = [] }
        return ClipboardKind.allCases.filter(waiting.contains).map(Action.deny) + [.tell([])]
    }
}
