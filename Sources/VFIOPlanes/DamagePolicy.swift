// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// When a picture counts as new that is still in the same memory.
///
/// A VFIO driver names a plane's memory and doesn't say that pixels changed in it: a guest that draws into the buffer on
/// screen (a text console, a boot loader) can't be told from one that stands still.
///
/// Regions are copied and compared, so that the policy says nothing about them.
public enum DamagePolicy: String, CaseIterable, Sendable {
    /// New memory is a new picture, and nothing else is. For guests that flip between buffers.
    case generation
    /// Each query of the primary plane, once a refresh, finds a new picture: right for every guest, at the price of a commit a
    /// refresh.
    case refresh
}
