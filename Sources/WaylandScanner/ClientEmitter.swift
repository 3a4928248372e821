// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// The client side of one interface: an owning struct that sends requests, and an enum of its events.
struct ClientEmitter {
    let selection: Selection
    let item: Selection.Item

    private var interface: Interface { item.interface }
    private var name: String { Names.type(interface.name) }
    private var arguments: ArgumentEmitter {
        ArgumentEmitter(
            selection: selection, interface: interface.name,
            objectType: { $0.isEmpty ? "AnyRef" : Names.type($0) + ".Ref" }, enumSuffix: "")
    }

    /// The destructor that deinit sends: the first one without arguments.
    private var plainDestructor: Message? { interface.requests.first { $0.isDestructor && $0.arguments.isEmpty } }
    /// Whether the interface has other destructors too. The struct then has to remember that one of them was sent.
    private var hasOtherDestructors: Bool {
        interface.requests.contains { $0.isDestructor && $0.opcode != plainDestructor?.opcode }
    }

    func emit(_ writer: inout SwiftWriter) {
        writer.summary(interface.summary)
        let conformance = item.isGlobal ? "GlobalObject" : "ProtocolObject"
        writer.block("public struct \(name): ~Copyable, \(conformance)") { writer in
            emitLife(&writer)
            for request in interface.requests { emit(request: request, &writer) }
            if !interface.events.isEmpty { emitEvents(&writer) }
            for enumeration in interface.enumerations { WaylandScanner.emit(enumeration, into: &writer) }
            writer.line()
            writer.line("/// An unretained reference to the object, for use as an argument of other requests and in comparisons.")
            writer.block("public struct Ref: Hashable") { writer in
                writer.line("let proxy: OpaquePointer")
                writer.line("public var id: UInt32 { wl_proxy_get_id(proxy) }")
            }
        }
    }

    private func emitLife(_ writer: inout SwiftWriter) {
        writer.line("/// The highest version of the interface that this type supports.")
        writer.line("public static let maximumVersion: UInt32 = \(item.version)")
        writer.line(
            "public static var interface: Interface { Interface(interfaceTable[\(selection.index(of: interface.name))]) }")
        writer.line()
        writer.line("let proxy: ObjectHandle")
        if !interface.events.isEmpty { writer.line("private var listener: Listener<Event>?") }
        if hasOtherDestructors { writer.line("private var isDestroyed = false") }
        writer.line()
        writer.line("public init(adopting object: ObjectHandle) { proxy = object }")
        let end =
            switch plainDestructor {
            case let destructor?: "proxy.destroy(\(destructor.opcode), since: \(destructor.since))"
            case nil: "proxy.forget()"
            }
        writer.line("deinit { \(hasOtherDestructors ? "if !isDestroyed { \(end) }" : end) }")
        writer.line()
        writer.line("public var ref: Ref { Ref(proxy: proxy.pointer) }")
        writer.line("/// The version that the object was bound or created with.")
        writer.line("public var version: UInt32 { proxy.version }")
    }

    // MARK: Requests

    private func emit(request: Message, _ writer: inout SwiftWriter) {
        writer.line()
        writer.summary(request.summary)
        if request.opcode == plainDestructor?.opcode, request.isDestructor {
            if request.since > 1 {
                writer.line("/// Below version \(request.since) no request is sent: the object is destroyed on this side only.")
            }
            writer.line("public consuming func \(Names.method(request.name))() {}")
            return
        }
        emitMethod(request, &writer)
        if request.hasDescriptor { emitOwnedOverload(request, &writer) }
    }

    private func emitMethod(_ request: Message, _ writer: inout SwiftWriter) {
        let made = request.newObject
        var result = ""
        if let made { result = " -> " + (made.kind.interface.map(Names.type) ?? "T") }
        let convention = request.isDestructor ? "consuming" : "borrowing"
        let head = "public \(convention) func \(signature(request, descriptor: "BorrowedDescriptor"))\(result)"
        writer.block(made?.kind == .newObject(nil) ? head + " where T: ~Copyable" : head) { writer in
            if request.since > 1 {
                writer.line("proxy.require(\(request.since), \"\(interface.name).\(request.name)\")")
            }
            if request.isDestructor { writer.line("isDestroyed = true") }
            let lending = arguments.lending(request)
            // A closure can't capture a noncopyable self that is consumed.
            if !lending.isEmpty { writer.line("let proxy = self.proxy") }
            if made != nil {
                let heads = lending.enumerated().map { ($0 == 0 ? "let created = " : "") + $1 }
                writer.nested(heads) { writer in
                    emitSending(request, prefix: heads.isEmpty ? "let created = " : "return ", &writer)
                }
                writer.line("return \(result.dropFirst(4))(adopting: created)")
            } else {
                writer.nested(lending) { emitSending(request, prefix: "", &$0) }
            }
        }
    }

    private func emitSending(_ request: Message, prefix: String, _ writer: inout SwiftWriter) {
        var call = "proxy.\(request.newObject != nil ? "create" : "send")(\(request.opcode)"
        if let made = request.newObject {
            call += ", " + (made.kind.interface.map { Names.type($0) + ".interface" } ?? "T.interface, version: version")
        }
        if request.isDestructor { call += ", ending: true" }
        if request.wireCount > 0 {
            let values = request.arguments.flatMap { argument in
                argument.kind == .newObject(nil)
                    ? ["wl_argument(s: T.interface.cName)", "wl_argument(u: version)", "wl_argument(o: nil)"]
                    : [arguments.wire(argument) { "\($0).proxy" }]
            }
            writer.line("var wire: [\(request.wireCount) of wl_argument] = [")
            writer.line("    \(values.joined(separator: ", "))")
            writer.line("]")
            call += ", &wire"
        }
        writer.line(prefix + call + ")")
    }

    /// The method's name and parameters. A typed new_id is the result instead of a parameter; an untyped one takes type and
    /// version.
    private func signature(_ request: Message, descriptor: String) -> String {
        var generic = ""
        let parameters = request.arguments.compactMap { argument -> String? in
            switch argument.kind {
            case .newObject(nil):
                generic = "<T: ProtocolObject>"
                return "_ type: T.Type, version: UInt32"
            case .newObject: return nil
            case .descriptor: return "\(Names.parameter(argument.name)): \(descriptor)"
            default: return "\(Names.parameter(argument.name)): \(arguments.type(argument, arriving: false))"
            }
        }
        return "\(Names.method(request.name))\(generic)(\(parameters.joined(separator: ", ")))"
    }

    /// An overload of the request for owned descriptors. They are only borrowed, since libwayland duplicates them.
    private func emitOwnedOverload(_ request: Message, _ writer: inout SwiftWriter) {
        let passed = request.arguments.compactMap { argument -> String? in
            if argument.kind.isNewObject { return nil }
            let name = Names.local(argument.name)
            let value = argument.kind == .descriptor ? "BorrowedDescriptor(\(name))" : name
            return "\(Names.bareMember(argument.name)): \(value)"
        }
        let result = request.newObject?.kind.interface.map { " -> " + Names.type($0) } ?? ""
        let convention = request.isDestructor ? "consuming" : "borrowing"
        writer.line()
        writer.block(
            "public \(convention) func \(signature(request, descriptor: "borrowing OwnedDescriptor"))\(result)"
        ) { writer in
            writer.line("\(Names.method(request.name))(\(passed.joined(separator: ", ")))")
        }
    }

    // MARK: Events

    private func emitEvents(_ writer: inout SwiftWriter) {
        writer.line()
        writer.line("/// Sends the object's events to this listener from now on, in place of an earlier one.")
        writer.block("public mutating func listen(_ listener: Listener<Event>)") { writer in
            writer.line("proxy.listen(listener, isFirst: self.listener == nil, Self.dispatcher)")
            writer.line("self.listener = listener")
        }
        writer.line()
        writer.block("public enum Event: ~Copyable") { writer in
            for event in interface.events {
                writer.summary(event.summary)
                let payload = event.arguments.map { argument in
                    let type = argument.kind.interface.flatMap { argument.kind.isNewObject ? Names.type($0) : nil }
                    return "\(Names.bareMember(argument.name)): \(type ?? arguments.type(argument, arriving: true))"
                }
                writer.line("case \(Names.member(event.name))" + (payload.isEmpty ? "" : "(\(payload.joined(separator: ", ")))"))
            }
        }
        writer.line()
        writer.line("private static let dispatcher: wl_dispatcher_func_t = { display, target, opcode, _, arguments in")
        writer.line("    let arguments = EventArguments(arguments, display)")
        writer.line("    switch opcode {")
        for event in interface.events {
            let values = event.arguments.enumerated().map { index, argument in
                let value =
                    if case .newObject(let made?) = argument.kind {
                        "\(Names.type(made))(adopting: arguments.newObject(\(index)))"
                    } else {
                        arguments.decoded(argument, at: index) { "\($0).init(proxy:)" }
                    }
                return "\(Names.bareMember(argument.name)): \(value)"
            }
            let payload = values.isEmpty ? "" : "(\(values.joined(separator: ", ")))"
            writer.line("    case \(event.opcode): deliver(Event.\(Names.bareMember(event.name))\(payload), to: target)")
        }
        writer.line("    default: break")
        writer.line("    }")
        writer.line("    return 0")
        writer.line("}")
    }
}
