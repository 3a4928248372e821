// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

package import Wayland

/// A wl_buffer, and whether the compositor may still read it: from the commit that attaches it to its `release`. A flag and no
/// counter, since attaching a buffer again brings no second release (seen with Weston 14).
package final class HeldBuffer {
    private var buffer: WlBuffer
    @exclusivity(unchecked) package private(set) var isHeld = false
    /// Called whenever the compositor releases it.
    package var onRelease: (() -> Void)?

    package init(_ buffer: consuming WlBuffer) {
        self.buffer = buffer
        self.buffer.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .release:
                    isHeld = false
                    onRelease?()
                }
            })
    }

    /// The buffer for an attach; from its commit on the compositor holds it.
    package func attach() -> WlBuffer.Ref {
        isHeld = true
        return buffer.ref
    }
}
