// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop

/// Looks once a second whether somebody is removing a device.
///
/// No call on the device reports it: the device answers until its last descriptor is closed, and the removal waits for that. But
/// writing to its file `remove` takes that file away at once (device_remove_file_self in mdev_sysfs.c and pci-sysfs.c).
final class RemovalWatch {
    private static let interval: UInt64 = 1_000_000_000

    private let file: String
    private let handler: () -> Void
    private var timer: TimerSource!

    /// - Parameters:
    ///   - folder: The device's folder in sysfs. The result is nil where it has no file `remove`: such a device can't be removed.
    ///   - handler: Called once, in the loop.
    init?(of folder: String, loop: EventLoop, handler: @escaping () -> Void) throws(EventLoopError) {
        file = folder + "/remove"
        self.handler = handler
        guard Files.exists(file) else { return nil }
        timer = try loop.timer { [unowned self] in look() }
        timer.arm(after: Self.interval)
    }

    private func look() {
        if Files.exists(file) { timer.arm(after: Self.interval) } else { handler() }
    }
}
