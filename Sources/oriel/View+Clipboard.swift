// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import ArgumentParser
internal import EventLoop
internal import GuestInput
internal import Logging
internal import Planes
internal import Presentation
internal import QEMUDisplay

/// The clipboard that host and guest share.
extension View {
    /// A D-Bus array ends at 64 MiB.
    private static let clipboardLimits = 1...63
    private static let usualClipboardLimit = 16

    func checkClipboardLimit() throws {
        guard let clipboardLimit else { return }
        guard clipboard else { throw ValidationError("--clipboard-limit is for --clipboard: add it.") }
        guard Self.clipboardLimits.contains(clipboardLimit) else {
            throw ValidationError("--clipboard-limit must be from 1 to \(Self.clipboardLimits.upperBound) MiB.")
        }
    }

    /// nil where it isn't to be shared.
    func hostClipboard(_ compositor: Compositor, _ loop: EventLoop, _ log: Logger) throws -> HostClipboard? {
        guard clipboard else { return nil }
        return try compositor.makeClipboard(
            limit: (clipboardLimit ?? Self.usualClipboardLimit) << 20, loop: loop, log: log)
    }
}

extension PlaneSource {
    /// nil for one that has none.
    var guestClipboard: (any GuestClipboard)? { (self as? QEMUDisplay)?.clipboard }
}
