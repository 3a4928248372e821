// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Logging
internal import Planes
internal import Surfaces

/// Asks the guest to take the window's size when the user has stopped changing it. Until it does, its old picture is scaled.
final class GuestSizing {
    private let rotation: Rotation
    private let log: Logger
    /// Called when the user has stopped.
    var onSettled: (() -> Void)?
    private var timer: TimerSource!
    private var guest: (modes: any DisplayModes, name: String)?
    /// The size that the guest was last asked to take.
    private(set) var asked: PixelSize?

    /// A guest that sets a mode for every step of a drag would do nothing else.
    private static let settlingTime: UInt64 = 250_000_000

    init(rotation: Rotation, loop: EventLoop, log: Logger) {
        self.rotation = rotation
        self.log = log
        timer = loop.timer { [unowned self] in onSettled?() }
    }

    /// The guest to be asked from now on; nil for none.
    func attach(_ modes: (any DisplayModes)?, name: String) {
        guest = modes.map { ($0, name) }
        asked = nil
        timer.disarm()
    }

    /// The window has, or is about to have, another size.
    func windowDidChange(_ shell: ShellState, guestSize: PixelSize?) {
        guard guest != nil, wantedSize(shell, guestSize) != nil else { return }
        timer.arm(after: Self.settlingTime)
    }

    /// The user has stopped: the guest is asked.
    ///
    /// - Parameter mode: what a guest in this many device pixels should believe its screen to be.
    func ask(_ shell: ShellState, guestSize: PixelSize?, mode: (PixelSize) -> DisplayMode?) {
        // A source may have learnt since that its guest can't be asked.
        guard let (modes, name) = guest, modes.isResizable, let size = wantedSize(shell, guestSize),
            let screen = mode(rotation.turned(size))
        else { return }
        asked = size
        log.debug("\(name): asked to take \(size)")
        modes.request(
            DisplayMode(
                size: size, millimetres: screen.millimetres.map(rotation.turned), refreshMillihertz: screen.refreshMillihertz))
    }

    /// The window in device pixels, where that isn't what the guest has or was last asked for.
    private func wantedSize(_ shell: ShellState, _ guestSize: PixelSize?) -> PixelSize? {
        guard let window = shell.window, window.width > 0, window.height > 0 else { return nil }
        let most = Int64(LayoutClaim.largestPrimary)
        let size = rotation.turned(
            PixelSize(
                width: UInt32(min(shell.scale.device(window.width), most)),
                height: UInt32(min(shell.scale.device(window.height), most))))
        return size == asked ?? guestSize ? nil : size
    }

    func close() {
        timer.disarm()
        guest = nil
    }
}
