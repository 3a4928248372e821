// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CSystemd

/// A call whose reply comes later. Forgotten together with this.
final class PendingCall {
    private var slot: OpaquePointer?
    private(set) var outcome: Result<Void, BusError>?
    private let answered: (PendingCall, borrowing BusMessage) -> Void

    /// How long the reply is waited for, in microseconds.
    enum Patience: UInt64 {
        /// What the connection's calls have.
        case usual = 0
        /// Where QEMU asks the guest first, for which it waits five seconds (ui/dbus-clipboard.c).
        case guest = 8_000_000
        /// A peer that is stopped may answer when it runs again.
        case endless = 0xFFFF_FFFF_FFFF_FFFF
    }

    /// - Parameter answered: called once, in the loop, with this and the reply; also where the connection ends before.
    init(
        _ message: borrowing BusMessage, on connection: BusConnection, patience: Patience = .usual,
        answered: @escaping (PendingCall, borrowing BusMessage) -> Void = { _, _ in }
    ) throws(BusError) {
        self.answered = answered
        try BusMessage.check(
            sd_bus_call_async(
                connection.pointer, &slot, message.pointer,
                { reply, data, _ in
                    Unmanaged<PendingCall>.fromOpaque(data!).takeUnretainedValue().handle(BusMessage(retaining: reply!))
                    return 1
                }, Unmanaged.passUnretained(self).toOpaque(), patience.rawValue))
    }

    deinit { sd_bus_slot_unref(slot) }

    private func handle(_ reply: consuming BusMessage) {
        if let error = sd_bus_message_get_error(reply.pointer) {
            outcome = .failure(BusError(error.pointee, code: sd_bus_message_get_errno(reply.pointer)))
        } else {
            outcome = .success(())
        }
        answered(self, reply)
    }
}
