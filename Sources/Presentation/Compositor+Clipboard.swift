// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import EventLoop
package import GuestInput
package import Logging
internal import Wayland

extension Compositor {
    /// The host's clipboard, for the guest of all windows over this connection.
    ///
    /// - Parameter limit: how many bytes of a content may pass, either way.
    package func makeClipboard(limit: Int, loop: EventLoop, log: Logger) throws -> HostClipboard {
        try HostClipboard(seats, registry, limit: limit, loop: loop, log: log)
    }
}
