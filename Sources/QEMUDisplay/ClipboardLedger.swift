// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// Who has the clipboard that guest and host share, and what is still owed between them: what happens goes in, what is to be done
/// about it comes out.
///
/// Each grab has a serial, counted by both sides together, so that of two that cross on their way both sides find the same one the
/// newer; of two with the same serial the host's counts (QEMU's `qemu_clipboard_check_serial`). The count begins anew whenever
/// the guest's agent does.
struct ClipboardLedger {
    enum Action: Hashable {
        /// Tells QEMU that the host has these.
        case grab(serial: UInt32, Set<ClipboardKind>)
        /// Tells QEMU that the host has nothing any more.
        case release
        /// Asks QEMU for the guest's content.
        case request(ClipboardKind)
        /// Tells the host what the guest has.
        case tell(Set<ClipboardKind>)
        /// Tells the host that what it asked for won't come.
        case deny(ClipboardKind)
    }

    private enum Owner {
        case nobody
        case host(Set<ClipboardKind>)
        case guest(Set<ClipboardKind>)
    }

    private var owner = Owner.nobody
    private var isRegistered = false
    /// Of the next grab.
    private var serial: UInt32 = 0
    /// What QEMU was asked for and hasn't answered. It takes one question at a time.
    private var asked: ClipboardKind?
    /// What it is to be asked for then.
    private var waiting: Set<ClipboardKind> = []
    /// Whether the guest waits for what the host has.
    private(set) var owesContent = false

    /// QEMU has taken us for the host's side.
    mutating func registered() -> [Action] {
        isRegistered = true
        guard case .host(let kinds) = owner else { return [] }
        return [grab(kinds)]
    }

    /// The guest's agent begins anew, with serials from 0; it knows nothing of what the host has. QEMU still knows the last grab,
    /// and takes none with a lower serial before that is released.
    mutating func restarted() -> [Action] {
        serial = 0
        guard isRegistered, case .host(let kinds) = owner else { return [] }
        return [.release, grab(kinds)]
    }

    /// The host has something new, or with no kinds nothing for the guest any more.
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

    /// QEMU tells also of our own releases, after which the host may have something again.
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

    /// QEMU has answered what it was asked for, or won't.
    mutating func answered() -> [Action] {
        asked = nil
        guard let next = ClipboardKind.allCases.first(where: waiting.contains) else { return [] }
        waiting.remove(next)
        return hostWants(next)
    }

    /// The guest wants one of these. Returns those that it can have, none where it can't.
    mutating func guestWants(_ kinds: Set<ClipboardKind>) -> Set<ClipboardKind> {
        guard isRegistered, !owesContent, case .host(let ours) = owner else { return [] }
        let both = kinds.intersection(ours)
        owesContent = !both.isEmpty
        return both
    }

    /// The guest has got its answer.
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
