// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// The numbers of `wl_keyboard.modifiers`.
struct ModifierMasks: Equatable {
    var depressed: UInt32 = 0
    var latched: UInt32 = 0
    var locked: UInt32 = 0
    var group: UInt32 = 0
}

/// The host's lock keys.
struct HostLocks: Equatable {
    let on: LockKeys
    /// Those that the host has; what others say means nothing.
    let known: LockKeys
}
