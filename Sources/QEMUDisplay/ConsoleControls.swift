// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// What a display can do to its console, beside looking at it.
struct ConsoleControls {
    let watch: ConsoleWatch
    let sender: InputSender
    let sizes: SizeRequests

    /// - Parameters:
    ///   - changed: called in the loop when the console's properties are other ones, or its connection is gone.
    ///   - refused: called in the loop for each call that QEMU, or the connection, didn't take.
    init(
        _ console: Console, changed: @escaping () -> Void, refused: @escaping (StaticString, BusError) -> Void
    ) throws(BusError) {
        sender = InputSender(console, refused: refused)
        sizes = SizeRequests(console) { refused("SetUIInfo", $0) }
        watch = try ConsoleWatch(console, changed: changed, refused: refused)
    }
}
