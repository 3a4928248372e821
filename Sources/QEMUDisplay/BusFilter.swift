// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CSystemd

/// Sees each message of a connection before it goes where it belongs. Ends together with this.
final class BusFilter {
    private var slot: OpaquePointer?
    private let handler: (borrowing BusMessage) -> Void

    init(_ connection: BusConnection, _ handler: @escaping (borrowing BusMessage) -> Void) throws(BusError) {
        self.handler = handler
        try BusMessage.check(
            sd_bus_add_filter(
                connection.pointer, &slot,
                { message, data, _ in
                    Unmanaged<BusFilter>.fromOpaque(data!).takeUnretainedValue().handler(BusMessage(retaining: message!))
                    return 0
                }, Unmanaged.passUnretained(self).toOpaque()))
    }

    deinit { sd_bus_slot_unref(slot) }
}
