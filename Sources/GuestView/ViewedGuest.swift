// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// A guest's planes as one view shows them, from attaching to detaching.
final class ViewedGuest {
    let planes: any PlaneSource
    /// Whether it must be queried, since it doesn't tell of its changes.
    let isPolled: Bool
    private let holding: (any HoldingPlaneSource)?
    /// What has gone out in the last commit, until it is flushed.
    @exclusivity(unchecked) private var outgoing = PerPlane<Outgoing?>(primary: nil, cursor: nil)

    /// The generation of the cursor that was skipped last.
    private var skippedCursor = Generation.none

    private struct Outgoing {
        let generation: Generation
        let identity: BufferIdentity
        /// Whether the compositor reads the plane's own memory.
        let isPlaneMemory: Bool
    }

    init(_ planes: any PlaneSource) {
        self.planes = planes
        isPolled = planes is any PolledPlaneSource
        holding = planes as? any HoldingPlaneSource
    }

    /// Has the guest keep a picture that was just queried until it is committed, if it draws ahead into other buffers.
    ///
    /// - Returns: false if the picture has been drawn over already.
    func hold(_ kind: PlaneKind, _ generation: Generation) -> Bool {
        guard let holding else { return true }
        return holding.hold(kind, HeldGenerations(only: generation), for: 0)
    }

    /// Tells a source whose guest may wait for it that the newest cursor won't be shown. A polled device doesn't wait.
    func skipCursor() {
        guard !isPolled, case .showing(let info)? = try? planes.query(.cursor), info.generation != skippedCursor else {
            return
        }
        skippedCursor = info.generation
        planes.skipped(.cursor, generation: info.generation)
    }

    /// This picture goes out with the coming commit.
    func willCommit(_ kind: PlaneKind, _ generation: Generation, in buffer: ImportedBuffer) {
        outgoing[kind] = Outgoing(generation: generation, identity: buffer.identity, isPlaneMemory: buffer.isPlaneMemory)
    }

    /// Tells the source what the commit that was just flushed has contained.
    ///
    /// - Parameter isFree: whether memory of which the compositor has a copy isn't read in any other way.
    func commitWasFlushed(isFree: (PlaneKind, BufferIdentity) -> Bool) {
        let gone = outgoing
        outgoing = PerPlane(primary: nil, cursor: nil)
        tell(.primary, gone.primary, isFree)
        tell(.cursor, gone.cursor, isFree)
    }

    private func tell(_ kind: PlaneKind, _ gone: Outgoing?, _ isFree: (PlaneKind, BufferIdentity) -> Bool) {
        guard let gone else { return }
        planes.committed(kind, generation: gone.generation)
        // The compositor has a copy.
        if !gone.isPlaneMemory, isFree(kind, gone.identity) { planes.released(kind, gone.identity) }
    }
}
