// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Planes

/// A message from a monitor ("QEMU Machine Protocol Specification", QEMU's docs/interop/qmp-spec.rst).
enum MonitorMessage {
    /// The first message of a connection.
    case greeting
    case reply(id: UInt64, Result<JSONValue, MonitorRefusal>)
    /// An error that answers no command: QEMU couldn't parse what we sent.
    case complaint(MonitorRefusal)
    /// Something that happened to the VM; ignored.
    case event

    /// Returns nil where the text is none of these.
    init?(_ text: [UInt8]) {
        guard let value = JSONValue(parsing: text) else { return nil }
        let id = value["id"]?.integer.flatMap(UInt64.init(exactly:))
        if value["QMP"] != nil {
            self = .greeting
        } else if let result = value["return"], let id {
            self = .reply(id: id, .success(result))
        } else if let error = value["error"] {
            let refusal = MonitorRefusal(
                reason: (error["desc"]?.text ?? "an error without a description").singleLine(atMost: 500))
            self = id.map { .reply(id: $0, .failure(refusal)) } ?? .complaint(refusal)
        } else if value["event"] != nil {
            self = .event
        } else {
            return nil
        }
    }
}

/// The reason why QEMU didn't carry out a command, in its own words.
struct MonitorRefusal: Error, Equatable {
    /// One line.
    let reason: String
}
