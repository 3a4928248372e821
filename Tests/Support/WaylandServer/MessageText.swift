// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CWaylandServer

// A message as text: `wl_surface@5.attach(wl_buffer@7, 0, 0)`, `wl_compositor@4.create_surface(new wl_surface@5)`.

func text(of message: wl_protocol_logger_message) -> String {
    let declaration = message.message.pointee
    // A signature consists of a since number and a letter for each argument, preceded by ? if null is allowed.
    let letters = String(cString: declaration.signature).filter { $0 != "?" && !$0.isNumber }
    let arguments = letters.enumerated().map { index, letter in
        text(of: message.arguments[index], letter, declaration.types[index])
    }
    return name(of: message.resource) + "." + String(cString: declaration.name)
        + "(" + arguments.joined(separator: ", ") + ")"
}

private func text(of argument: wl_argument, _ letter: Character, _ type: UnsafePointer<wl_interface>?) -> String {
    switch letter {
    case "i": return String(argument.i)
    case "u": return String(argument.u)
    case "f": return String(Double(argument.f) / 256)
    case "s": return argument.s.map { "\"" + String(cString: $0) + "\"" } ?? "nil"
    case "o": return argument.o.map { name(of: $0) } ?? "nil"
    case "n": return "new " + (type.map { String(cString: $0.pointee.name) } ?? "object") + "@\(argument.n)"
    case "a":
        let array = argument.a.pointee
        let bytes = UnsafeRawBufferPointer(start: array.data, count: array.size)
        return "[" + bytes.map { String($0) }.joined(separator: " ") + "]"
    // A descriptor's number has no meaning and differs between runs.
    default: return "fd"
    }
}

private func name(of resource: OpaquePointer) -> String {
    String(cString: wl_resource_get_class(resource)) + "@\(wl_resource_get_id(resource))"
}
