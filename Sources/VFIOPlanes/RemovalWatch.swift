// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import EventLoop

/// Notices that somebody removes a device, once a second.
///
/// No call on the device tells: the kernel lets it answer on until its last descriptor is closed, and the removal waits for that.
/// But what is written to its file `remove` takes that file away at once (device_remove_file_self, in mdev_sysfs.c and pci-sysfs.c).
final class RemovalWatch {
    private static let interval: UInt64 = 1_000_000_000

    private let file: String
    private let handler: () -> Void
    private var timer: TimerSource!

    /// - Parameters:
    ///   - folder: the device's in sysfs. nil is made of one without the file: what can't be removed isn't watched.
    ///   - handler: called once, in the loop.
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
