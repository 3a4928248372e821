// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import Glibc

/// A signal from one thread to another: an eventfd (eventfd(2)), nonblocking, readable from `send` to `take`.
package struct EventDescriptor: ~Copyable, Sendable {
    package let descriptor: OwnedDescriptor

    package init() throws(Errno) { descriptor = OwnedDescriptor(adopting: try Errno.checkedNegative(oriel_eventfd())) }

    package borrowing func send() {
        var one: UInt64 = 1
        _ = write(descriptor.rawValue, &one, 8)
    }

    /// Takes the signal back, however often it was sent.
    package borrowing func take() {
        var count: UInt64 = 0
        _ = read(descriptor.rawValue, &count, 8)
    }

    /// Sleeps until it is sent, or for this many nanoseconds. Returns whether it was sent.
    package borrowing func wait(atMost nanoseconds: UInt64) -> Bool {
        oriel_wait_readable(descriptor.rawValue, nanoseconds)
    }
}
