// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// A caller's reply that is owed: it goes out when this is let go of, so that it can neither be forgotten nor sent twice.
///
/// QEMU blocks the guest's GL from UpdateDMABUF until the reply: holding it is the back-pressure that a guest can feel.
struct HeldReply: ~Copyable {
    private let call: BusMessage

    init(to call: consuming BusMessage) { self.call = call }

    deinit { call.answer() }
}
