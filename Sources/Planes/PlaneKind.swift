// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Which of a display's planes is meant. The raw values are `enum drm_plane_type`'s order as VFIO uses it.
public enum PlaneKind: UInt32, Sendable, CaseIterable, CustomStringConvertible {
    /// The screen itself (`DRM_PLANE_TYPE_PRIMARY`).
    case primary = 1
    /// The hardware cursor over it (`DRM_PLANE_TYPE_CURSOR`).
    case cursor = 2

    public var description: String {
        switch self {
        case .primary: "primary plane"
        case .cursor: "cursor plane"
        }
    }
}
