// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// What Oriel asks of a monitor. Every text is made of constants and numbers alone, so nothing has to be escaped.
enum MonitorCommand {
    /// Ends the negotiation: before it, no other is understood.
    case capabilities
    /// Takes the descriptor that comes along, under a name.
    case takeDescriptor
    /// Has the D-Bus display talk to the client behind that descriptor (`-display dbus,p2p=yes`).
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
