// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// What a window has for a source while there is none: every plane holds what it shows, and the frame path needn't know.
final class AbsentSource: PlaneSource {
    weak var delegate: (any PlaneSourceDelegate)?
    /// Of the source that was there, or that is awaited.
    let name: String
    let counts = SourceCounts()

    init(name: String) { self.name = name }

    func query(_ kind: PlaneKind) throws(PlaneError) -> PlaneState { throw .ended }
    func buffer(for kind: PlaneKind, generation: Generation) throws(PlaneError) -> PlaneBuffer { throw .ended }
    func committed(_ kind: PlaneKind, generation: Generation) {}
    func skipped(_ kind: PlaneKind, generation: Generation) {}
    func released(_ kind: PlaneKind, _ identity: BufferIdentity) {}
    func close() {}
}
