// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Logging
internal import Planes
internal import Wayland

/// The guest is asked to take the window's size, when the user has stopped changing it. Until it does, its old picture is scaled.
extension GuestWindow {
    /// A guest that sets a mode for every step of a drag would do nothing else.
    private static let settlingTime: UInt64 = 250_000_000

    func makeResize() throws(EventLoopError) {
        guard options.resizesGuest, modes != nil else { return }
        resizeTimer = try loop.timer { [unowned self] in askForSize() }
    }

    private var modes: (any DisplayModes)? { source as? any DisplayModes }

    /// The window has, or is about to have, another size.
    func scheduleResize() {
        guard let resizeTimer, wantedSize != nil else { return }
        resizeTimer.arm(after: Self.settlingTime)
    }

    /// The window in device pixels, where that isn't what the guest has or was last asked for.
    private var wantedSize: PixelSize? {
        guard let window = shell.window, window.width > 0, window.height > 0 else { return nil }
        let most = Int64(LayoutClaim.largestPrimary)
        let size = options.rotation.turned(
            PixelSize(
                width: UInt32(min(shell.scale.device(window.width), most)),
                height: UInt32(min(shell.scale.device(window.height), most))))
        return size == askedSize ?? shell.guest ? nil : size
    }

    private func askForSize() {
        // A source may have learnt since that its guest can't be asked.
        guard case .running = life, let modes, modes.isResizable, let size = wantedSize else { return }
        askedSize = size
        log.debug("\(source.name): asked to take \(size)")
        let mode = compositor.screens.mode(options.rotation.turned(size), under: stage.window.surface.ref)
        modes.request(
            DisplayMode(
                size: size, millimetres: mode.millimetres.map(options.rotation.turned), refreshMillihertz: mode.refreshMillihertz)
        )
    }
}
