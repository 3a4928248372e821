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
        guard options.resizesGuest, source.isResizable else { return }
        screens = Screens(compositor)
        resizeTimer = try loop.timer { [unowned self] in askForSize() }
        stage.window.surface.listen(
            Listener { [unowned self] event in
                switch consume event {
                case .enter(let output): screens?.entered(output, true)
                case .leave(let output): screens?.entered(output, false)
                default: break
                }
            })
    }

    /// The window has, or is about to have, another size.
    func scheduleResize() {
        guard let resizeTimer, wantedSize != nil else { return }
        resizeTimer.arm(after: Self.settlingTime)
    }

    /// The window in device pixels, where that isn't what the guest has or was last asked for.
    private var wantedSize: PixelSize? {
        guard let window = shell.configured, window.width > 0, window.height > 0 else { return nil }
        let factor = shell.scale.factor
        let size = PixelSize(
            width: UInt32(min((Double(window.width) * factor).rounded(), Double(LayoutClaim.largestPrimary))),
            height: UInt32(min((Double(window.height) * factor).rounded(), Double(LayoutClaim.largestPrimary))))
        return size == askedSize ?? shell.guest ? nil : size
    }

    private func askForSize() {
        // A source may have learnt since that its guest can't be asked.
        guard case .running = life, source.isResizable, let size = wantedSize, let screens else { return }
        askedSize = size
        log.debug("\(source.name): asked to take \(size)")
        source.request(screens.mode(size))
    }
}
