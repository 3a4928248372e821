// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// The commands that Oriel sends to a monitor. Their texts consist of constants and numbers, so nothing has to be escaped.
enum MonitorCommand {
    /// Ends the negotiation; QEMU accepts no other command before it.
    case capabilities
    /// Stores the descriptor that comes along under a name.
    case takeDescriptor
    /// Makes the D-Bus display talk to the client behind that descriptor (`-display dbus,p2p=yes`).
    case addDisplayClient
    case queryMice
    case input(InputEvent)

    func text(id: UInt64) -> String {
        let (name, arguments) = words
        return "{\"execute\":\"\(name)\"\(arguments.map { ",\"arguments\":\($0)" } ?? ""),\"id\":\(id)}\n"
    }

    private var words: (name: String, arguments: String?) {
        switch self {
        case .capabilities: ("qmp_capabilities", nil)
        case .takeDescriptor: ("getfd", "{\"fdname\":\"oriel-display\"}")
        case .addDisplayClient: ("add_client", "{\"protocol\":\"@dbus-display\",\"fdname\":\"oriel-display\"}")
        case .queryMice: ("query-mice", nil)
        case .input(let event): ("input-send-event", "{\"events\":\(event.json)}")
        }
    }
}
