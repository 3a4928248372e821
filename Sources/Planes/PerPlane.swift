// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// One value for each kind of plane, kept inline.
public struct PerPlane<Value> {
    public var primary: Value
    public var cursor: Value

    public init(primary: Value, cursor: Value) {
        self.primary = primary
        self.cursor = cursor
    }

    @inlinable
    public subscript(kind: PlaneKind) -> Value {
        get { kind == .primary ? primary : cursor }
        _modify {
            if kind == .primary { yield &primary } else { yield &cursor }
        }
    }
}

extension PerPlane: Sendable where Value: Sendable {}
extension PerPlane: Equatable where Value: Equatable {}
