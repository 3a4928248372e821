// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// One of a display's planes. The raw values are those of `enum drm_plane_type`, as VFIO uses them.
public enum PlaneKind: UInt32, Sendable, CaseIterable, CustomStringConvertible {
    /// The screen (`DRM_PLANE_TYPE_PRIMARY`).
    case primary = 1
    /// The hardware cursor above the screen (`DRM_PLANE_TYPE_CURSOR`).
    case cursor = 2

    public var description: String {
        switch self {
        case .primary: "primary plane"
        case .cursor: "cursor plane"
        }
    }
}

/// One value for each plane of a display, stored in place.
///
/// ```swift
/// var changes = PerPlane(primary: 0, cursor: 0)
/// changes[.cursor] += 1
/// ```
@frozen
public struct PerPlane<Value> {
    public var primary: Value
    public var cursor: Value

    @inlinable
    public init(primary: Value, cursor: Value) {
        self.primary = primary
        self.cursor = cursor
    }

    /// Makes the value of each plane, the primary's first.
    public init<Failure: Error>(_ make: (PlaneKind) throws(Failure) -> Value) throws(Failure) {
        self.init(primary: try make(.primary), cursor: try make(.cursor))
    }

    @inlinable
    public subscript(kind: PlaneKind) -> Value {
        get {
            switch kind {
            case .primary: primary
            case .cursor: cursor
            }
        }
        // In place: a value with an array in it isn't copied to be changed.
        _modify {
            switch kind {
            case .primary: yield &primary
            case .cursor: yield &cursor
            }
        }
    }
}

extension PerPlane: Sendable where Value: Sendable {}
extension PerPlane: Equatable where Value: Equatable {}
