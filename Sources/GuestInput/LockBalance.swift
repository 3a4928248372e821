// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// Keeps the guest's lock keys like the host's, as far as a guest lets itself be told: a value; what becomes known goes in, which
/// lock keys are to be struck in the guest comes out.
///
/// A guest is corrected once for each time that the window gets the focus or the user changes the lock on the host, and never
/// before it has answered the last time: a guest that doesn't tell of its lights, or changes them back, isn't fought with.
struct LockBalance {
    /// nil while nothing is known of them: without the focus, or a keymap.
    private var host: HostLocks?
    /// nil where the guest doesn't tell.
    private var guest: LockKeys?
    /// Struck in the guest, by the user or from here, without a change told since.
    private var unanswered: LockKeys = []
    private var corrected: LockKeys = []

    /// The window has got the focus: the host's locks follow.
    mutating func focus() {
        host = nil
        corrected = []
    }

    mutating func unfocus() { host = nil }

    /// - Parameter held: lock keys that are down: a light may change when one goes up.
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

    /// The user has struck them: the guest's answer is to be awaited.
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
