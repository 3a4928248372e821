// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The server side of one interface: a copyable handle that sends events, and an enum of its requests.
struct ServerEmitter {
    let selection: Selection
    let item: Selection.Item

    private var interface: Interface { item.interface }
    private var name: String { Self.type(interface.name) }
    private var arguments: ArgumentEmitter {
        ArgumentEmitter(
            selection: selection, interface: interface.name,
            objectType: { $0.isEmpty ? "AnyResource" : Self.type($0) }, enumSuffix: "Resource")
    }

    private static func type(_ wire: String) -> String { Names.type(wire) + "Resource" }

    func emit(_ writer: inout SwiftWriter) {
        writer.summary(interface.summary)
        writer.block("public struct \(name): ServerResource") { writer in
            writer.line("/// The highest version of the interface that this type supports.")
            writer.line("public static let maximumVersion: UInt32 = \(item.version)")
            writer.line(
                "public static var interface: ServerInterface { "
                    + "ServerInterface(interfaceTable[\(selection.index(of: interface.name))], dispatcher) }")
            writer.line()
            writer.line("public let resource: ResourceHandle")
            writer.line("public init(_ resource: ResourceHandle) { self.resource = resource }")
            for event in interface.events { emit(event: event, &writer) }
            if !interface.requests.isEmpty { emitRequests(&writer) }
            emitDispatcher(&writer)
            for enumeration in interface.enumerations { WaylandScanner.emit(enumeration, into: &writer) }
        }
    }

    // MARK: Events

    private func emit(event: Message, _ writer: inout SwiftWriter) {
        let made = event.newObject?.kind.interface.map(Self.type)
        let method = "send" + Names.type(event.name)
        func parameters(_ descriptor: String) -> String {
            event.arguments.filter { !$0.kind.isNewObject }.map { argument in
                let type = argument.kind == .descriptor ? descriptor : arguments.type(argument, arriving: false)
                return "\(Names.parameter(argument.name)): \(type)"
            }.joined(separator: ", ")
        }
        writer.line()
        writer.summary(event.summary)
        let result = made.map { " -> \($0)" } ?? ""
        writer.block("public func \(method)(\(parameters("BorrowedDescriptor")))\(result)") { writer in
            if event.since > 1 { writer.line("resource.require(\(event.since), \"\(interface.name).\(event.name)\")") }
            if let made { writer.line("let created = \(made)(resource.makeChild(\(made).interface))") }
            writer.nested(arguments.lending(event)) { writer in
                guard event.wireCount > 0 else { return writer.line("resource.post(\(event.opcode))") }
                let values = event.arguments.map { argument in
                    argument.kind.isNewObject
                        ? "wl_argument(o: created.resource.pointer)" : arguments.wire(argument) { "\($0).resource.pointer" }
                }
                writer.line("var wire: [\(event.wireCount) of wl_argument] = [")
                writer.line("    \(values.joined(separator: ", "))")
                writer.line("]")
                writer.line("resource.post(\(event.opcode), &wire)")
            }
            if made != nil { writer.line("return created") }
        }
        guard event.hasDescriptor else { return }
        let passed = event.arguments.filter { !$0.kind.isNewObject }.map { argument in
            let name = Names.local(argument.name)
            let value = argument.kind == .descriptor ? "BorrowedDescriptor(\(name))" : name
            return "\(Names.bareMember(argument.name)): \(value)"
        }
        writer.line()
        writer.block("public func \(method)(\(parameters("borrowing OwnedDescriptor")))\(result)") { writer in
            writer.line("\(method)(\(passed.joined(separator: ", ")))")
        }
    }

    // MARK: Requests

    private func emitRequests(_ writer: inout SwiftWriter) {
        writer.line()
        writer.block("public enum Request: ~Copyable") { writer in
            for request in interface.requests {
                writer.summary(request.summary)
                let payload = request.arguments.map { argument -> String in
                    let name = Names.bareMember(argument.name)
                    switch argument.kind {
                    case .newObject(nil): return "interface: String, version: UInt32, \(name): UInt32"
                    case .newObject(let made?): return "\(name): \(Self.type(made))"
                    default: return "\(name): \(arguments.type(argument, arriving: true))"
                    }
                }
                writer.line(
                    "case \(Names.member(request.name))" + (payload.isEmpty ? "" : "(\(payload.joined(separator: ", ")))"))
            }
        }
        writer.line()
        writer.line(
            "/// Passes the object's requests to this listener from now on. A destructor takes effect even without one.")
        writer.block("public func setHandler(_ listener: Listener<Request>, onDestroy: (() -> Void)? = nil)") { writer in
            writer.line("resource.state.listener = listener")
            writer.line("resource.state.onDestroy = onDestroy")
        }
    }

    private func emitDispatcher(_ writer: inout SwiftWriter) {
        writer.line()
        writer.line("private static let dispatcher: wl_dispatcher_func_t = { _, target, opcode, _, arguments in")
        writer.line("    let arguments = RequestArguments(arguments, target)")
        writer.line("    switch opcode {")
        for request in interface.requests {
            let values = decodedValues(request)
            let payload = values.isEmpty ? "" : "(\(values.joined(separator: ", ")))"
            let ending = request.isDestructor ? ", ending: true" : ""
            writer.line("    case \(request.opcode):")
            writer.line("        arguments.deliver(Request.\(Names.bareMember(request.name))\(payload)\(ending))")
        }
        writer.line("    default: arguments.refuse(opcode)")
        writer.line("    }")
        writer.line("    return 0")
        writer.line("}")
    }

    private func decodedValues(_ request: Message) -> [String] {
        var index = 0
        return request.arguments.map { argument in
            defer { index += argument.wireWidth }
            let name = Names.bareMember(argument.name)
            switch argument.kind {
            case .newObject(nil):
                return "interface: arguments.string(\(index)), version: arguments.uint(\(index + 1)), "
                    + "\(name): arguments.uint(\(index + 2))"
            case .newObject(let made?):
                let type = Self.type(made)
                return "\(name): \(type)(arguments.newResource(\(index), \(type).interface))"
            default:
                return "\(name): " + arguments.decoded(argument, at: index) { $0 + ".init(_:)" }
            }
        }
    }
}
