// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Wayland

/// The question what the compositor has, asked before the command line is read: its first answer takes about as long as that.
/// Whoever doesn't get to show anything has asked in vain, and no harm is done: that nobody answers is told when it's needed.
struct CompositorRequest {
    private let asked: Result<(Registry, RoundTrip), WaylandError>

    init() {
        asked = Result { () throws(WaylandError) in
            let connection = try Connection(display: nil)
            return (Registry(connection), try RoundTrip(connection))
        }
    }

    /// Waits for the answer. Nothing is bound yet.
    func registry() throws(WaylandError) -> Registry {
        let (registry, globals) = try asked.get()
        try globals.wait()
        return registry
    }
}
