// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Logging
internal import Planes
internal import Surfaces

/// Asks the guest to take the window's size once the user has stopped resizing. Until it does, its old picture is scaled.
final class GuestSizing {
    private let rotation: Rotation
    private let log: Logger
    /// Called once the user has stopped resizing.
    var onSettled: (() -> Void)?
    private var timer: TimerSource!
    private var guest: (modes: any DisplayModes, name: String)?
    /// The size that the guest was last asked to take.
    private(set) var asked: PixelSize?

    /// Guests can't set a mode for every step of a drag.
    private static let settlingTime: UInt64 = 250_000_000

    init(rotation: Rotation, loop: EventLoop, log: Logger) {
        self.rotation = rotation
        self.log = log
        timer = loop.timer { [unowned self] in onSettled?() }
    }

    /// Sets the guest to ask from now on; nil for none.
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

    /// Asks the guest once the user has stopped resizing.
    ///
    /// - Parameter mode: returns the mode for a guest that is shown in this many device pixels; nil for a closed window.
    func ask(_ shell: ShellState, guestSize: PixelSize?, mode: (PixelSize) -> DisplayMode?) {
        // A source may have learnt meanwhile that its guest can't be asked.
        guard let (modes, name) = guest, modes.isResizable, let size = wantedSize(shell, guestSize),
            let screen = mode(rotation.turned(size))
        else { return }
        asked = size
        log.debug("\(name): asked to take \(size)")
        modes.request(
            DisplayMode(
                size: size, millimetres: screen.millimetres.map(rotation.turned), refreshMillihertz: screen.refreshMillihertz))
    }

    /// The window's size in device pixels; nil if the guest has it or was last asked for it.
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
