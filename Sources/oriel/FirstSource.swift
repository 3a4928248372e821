// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Logging
internal import Planes
internal import QEMUDisplay

/// What the first try at a source has come to.
enum FirstSource {
    case there(any PlaneSource)
    /// Not there yet, for this reason, and waited for.
    case awaited(SourceError)

    /// - Parameter isAwaited: whether a source that isn't there is no error.
    init(_ url: SourceURL, _ loop: EventLoop, _ log: Logger, isAwaited: Bool) throws(SourceError) {
        do throws(SourceError) { self = .there(try url.open(on: loop, log: log)) } catch {
            guard isAwaited, case .unavailable = error.reason else { throw error }
            self = .awaited(error)
        }
    }

    var source: (any PlaneSource)? { if case .there(let source) = self { source } else { nil } }
}

extension PlaneSource {
    var asGuest: Planes.Guest {
        Planes.Guest(planes: self, input: self as? any InputSink, clipboard: guestClipboard, modes: self as? any DisplayModes)
    }
    var guestClipboard: (any GuestClipboard)? { (self as? QEMUDisplay)?.clipboard }
}
