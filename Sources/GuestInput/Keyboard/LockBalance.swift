// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// Keeps the guest's lock keys in step with the host's: a value. The locks of either go in, and the lock keys to press in the guest come
/// out.
///
/// A lock is corrected once each time the window gets the focus or the user changes the lock on the host, and never before the
/// guest has reported a change since the last press. So a guest that doesn't report its lights, or sets them back, is left alone.
struct LockBalance {
    /// The host's locks; nil without the focus or a keymap.
    private var host: HostLocks?
    /// The guest's lights; nil for a guest that doesn't report them.
    private var guest: LockKeys?
    /// Locks that the user or this value has pressed in the guest, which has reported no change since.
    private var unanswered: LockKeys = []
    /// Locks corrected since the focus came or the host's lock changed.
    private var corrected: LockKeys = []

    /// The window got the focus. The host's locks follow.
    mutating func focus() {
        host = nil
        corrected = []
    }

    mutating func unfocus() { host = nil }

    /// - Parameter held: lock keys that are down. A light may change when one comes up.
    mutating func follow(host now: HostLocks?, held: LockKeys) -> LockKeys {
        if let host, let now { corrected.subtract(host.on.symmetricDifference(now.on)) }
        host = now
        return correct(held)
    }

    mutating func follow(guest now: LockKeys?, held: LockKeys) -> LockKeys {
        unanswered.subtract(guest?.symmetricDifference(now ?? []) ?? [.caps, .num, .scroll])
        guest = now
        return correct(held)
    }

    /// The user pressed these lock keys: the guest's answer is due.
    mutating func struck(_ keys: LockKeys) { unanswered.formUnion(keys) }

    private mutating func correct(_ held: LockKeys) -> LockKeys {
        guard let host, let guest else { return [] }
        let wrong = host.on.symmetricDifference(guest).intersection(host.known)
            .subtracting(unanswered).subtracting(corrected).subtracting(held)
        corrected.formUnion(wrong)
        unanswered.formUnion(wrong)
        return wrong
    }
}
