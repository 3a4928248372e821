// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// Asks QEMU for other sizes of a console's screen, one at a time. Of the requests that come meanwhile only the newest is sent.
final class SizeRequests {
    /// False once QEMU has said that the console's device can't be resized.
    private(set) var isSupported = true
    private let console: Console
    private let failed: (BusError) -> Void
    private var asking: PendingCall?
    private var next: DisplayMode?

    /// - Parameter failed: Hears once that resizing isn't supported, and of each other failure.
    init(_ console: Console, failed: @escaping (BusError) -> Void) {
        self.console = console
        self.failed = failed
    }

    func request(_ mode: DisplayMode) {
        guard isSupported else { return }
        next = mode
        if asking == nil { ask() }
    }

    private func ask() {
        guard isSupported, let mode = next else { return }
        next = nil
        do throws(BusError) {
            let message = try console.makeCall(.console, "SetUIInfo")
            // 0 where the size in millimetres is unknown: QEMU then assumes 100 dots an inch.
            try message.append(UInt16(clamping: mode.millimetres?.width ?? 0))
            try message.append(UInt16(clamping: mode.millimetres?.height ?? 0))
            for place in [0, 0] as [Int32] { try message.append(place) }
            try message.append(mode.size.width)
            try message.append(mode.size.height)
            asking = try PendingCall(message, on: console.machine.connection, patience: .endless) { [unowned self] call, _ in
                asking = nil
                if case .failure(let error) = call.outcome { handle(error) }
                ask()
            }
        } catch {
            failed(error)
        }
    }

    private func handle(_ error: BusError) {
        // DBUS_DISPLAY_ERROR_UNSUPPORTED, ui/dbus-error.c
        if error.name == "org.qemu.Display1.Error.Unsupported" { isSupported = false }
        failed(error)
    }
}
