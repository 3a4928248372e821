// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// A display's control over its console: input, sizes, and the properties that they depend on.
struct ConsoleControls {
    let watch: ConsoleWatch
    let sender: InputSender
    let sizes: SizeRequests

    /// - Parameters:
    ///   - changed: called from the loop when the console's properties change, or its connection goes.
    ///   - refused: called from the loop for each call that QEMU, or the connection, refused.
    init(
        _ console: Console, changed: @escaping () -> Void, refused: @escaping (StaticString, BusError) -> Void
    ) throws(BusError) {
        sender = InputSender(console, refused: refused)
        sizes = SizeRequests(console) { refused("SetUIInfo", $0) }
        watch = try ConsoleWatch(console, changed: changed, refused: refused)
    }
}
