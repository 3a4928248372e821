// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Finds the buffers that QEMU switches to without telling: a value.
///
/// QEMU's Disable, since version 9.2, takes back all calls before it that its other thread hasn't written yet
/// (`dbus_scanout_disable` in ui/dbus-listener.c), and virtio-gpu's flip to another buffer disables the one before right after it has
/// announced the new one. No call asks QEMU what it shows, and it never forgets a listener, so another listener can't be registered for
/// each loss. What is shown after a loss is another buffer that the guest draws into.
struct LostScanouts {
    private(set) var count: UInt64 = 0
    /// Whether a call was taken back before the last Disable, and nothing has been told since of what is shown.
    private var isSuspected = false

    /// - Parameter tookBack: whether QEMU has taken back what it was to send before this Disable.
    mutating func disabled(tookBack: Bool) { if tookBack { isSuspected = true } }

    /// QEMU has told which buffer it shows.
    mutating func told() { isSuspected = false }

    /// Counts a loss if QEMU has updated a buffer that it took back. Returns whether it is the first one.
    mutating func updated() -> Bool {
        guard isSuspected else { return false }
        isSuspected = false
        count += 1
        return count == 1
    }
}
