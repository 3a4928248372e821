// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The rule by which a picture in the same memory counts as new.
///
/// A VFIO driver names a plane's memory and doesn't say that pixels changed in it: a guest that draws into the buffer on
/// screen (a text console, a boot loader) can't be told from one that stands still.
///
/// Regions are copied and compared, so the policy doesn't concern them.
public enum DamagePolicy: String, CaseIterable, Sendable {
    /// Only new memory is a new picture: right for guests that flip between buffers.
    case generation
    /// Each query of the primary plane, once a refresh, finds a new picture: right for every guest, at the price of a commit per
    /// refresh.
    case refresh
}
