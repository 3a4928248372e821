// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// A guest's planes as one view asks for them.
struct ViewedGuest {
    let planes: any PlaneSource
    let isPolled: Bool
    private let holding: (any HoldingPlaneSource)?

    init(_ planes: any PlaneSource) {
        self.planes = planes
        isPolled = planes is any PolledPlaneSource
        holding = planes as? any HoldingPlaneSource
    }

    /// Has the guest keep a picture that was just queried until it is committed, where it draws ahead into other buffers.
    ///
    /// - Returns: false where it has been drawn over already.
    func hold(_ kind: PlaneKind, _ generation: Generation) -> Bool {
        guard let holding else { return true }
        return holding.hold(kind, HeldGenerations(only: generation), for: 0)
    }
}
