// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import ArgumentParser
internal import EventLoop
internal import GuestInput
internal import Logging
internal import GuestView
internal import GuestWindow
internal import Surfaces

/// The clipboard that host and guest share.
extension View {
    /// A D-Bus array ends at 64 MiB.
    private static let clipboardLimits: ClosedRange<UInt64> = 1...63
    private static let usualClipboardLimit: UInt64 = 16

    func checkClipboardLimit() throws {
        guard let clipboardLimit else { return }
        guard clipboard else { throw ValidationError("--clipboard-limit is for --clipboard: add it.") }
        guard Self.clipboardLimits.contains(clipboardLimit) else {
            throw ValidationError("--clipboard-limit must be from 1 to \(Self.clipboardLimits.upperBound) MiB.")
        }
    }

    /// nil where it isn't to be shared.
    func hostClipboard(_ desktop: Desktop, _ loop: EventLoop, _ log: Logger) throws -> HostClipboard? {
        guard clipboard else { return nil }
        return try desktop.makeClipboard(
            limit: Int(clipboardLimit ?? Self.usualClipboardLimit) << 20, loop: loop, log: log)
    }
}
