// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop
internal import Wayland

/// The windows over one connection: it is on their loop while there is one, and its end is the end of them all.
extension Compositor {
    func add(_ window: GuestWindow) throws(EventLoopError) {
        if windows.isEmpty {
            try connection.attach(to: window.loop) { [unowned self] error in
                // Each takes itself from the list.
                for entry in windows { entry.window?.end(.compositor("\(error)")) }
            }
        }
        windows.append(Entry(window: window))
    }

    /// The connection goes on for the others. Where there is none, its own end gives up what the last window had.
    func remove(_ window: GuestWindow) {
        windows.removeAll { $0.window == nil || $0.window === window }
        if windows.isEmpty { connection.detach() }
    }

    /// A window is its owner's alone.
    struct Entry {
        weak var window: GuestWindow?
    }
}
