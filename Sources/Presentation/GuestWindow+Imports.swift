// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Logging
internal import Measurement
internal import Wayland
internal import Planes

/// What the compositor answered to an import.
extension GuestWindow {
    /// Has the first pictures imported while the first configure is on its way: a round trip less until they are on screen.
    func importEarly() {
        guard !importer.isWaiting, primary.cache.buffers.isEmpty else { return }
        // What can't be had just now, the first commit asks for again; what never can is told once, so here.
        if case .unusable(let error)? = try? primary.step(source, importer, &statistics) { report(error, of: .primary) }
        guard shell.showsCursor else { return }
        if case .unusable(let error)? = try? cursor.step(source, importer, &statistics) { report(error, of: .cursor) }
    }

    func handleImport(_ kind: PlaneKind, _ identity: BufferIdentity, _ result: Result<ImportOutcome, ImportError>) {
        switch result {
        case .success(let outcome):
            if kind == .primary { primary.add(outcome, &statistics) } else { cursor.add(outcome, &statistics) }
        case .failure(let error):
            if kind == .primary {
                primary.wasRefused(identity, error, &statistics)
            } else {
                cursor.wasRefused(identity, error, &statistics)
            }
            report(error, of: kind)
        }
        guard !importer.isWaiting else { return }
        execute(pacer.importEnded())
    }
}
