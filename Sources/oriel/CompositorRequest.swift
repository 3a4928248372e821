// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Wayland

/// Asks the compositor for its globals before the command line is parsed: its first answer takes about as long as that. A command line
/// that is wrong has then asked in vain, which does no harm; a compositor that isn't there is an error only when it is needed.
struct CompositorRequest {
    private let asked: Result<(Registry, RoundTrip), WaylandError>

    init() {
        asked = Result { () throws(WaylandError) in
            let connection = try Connection(display: nil)
            return (Registry(connection), try RoundTrip(connection))
        }
    }

    /// Waits for the answer. Nothing is bound by it.
    func registry() throws(WaylandError) -> Registry {
        let (registry, globals) = try asked.get()
        try globals.wait()
        return registry
    }
}
