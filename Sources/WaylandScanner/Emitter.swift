// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// One generated file.
struct GeneratedFile: Equatable {
    let name: String
    let text: String
}

extension Selection {
    static let tableFile = "interfaces.protocol.swift"
    static func fileName(stem: String) -> String { "\(stem).protocol.swift" }

    /// A file for each XML of the manifest, and one with the table of interfaces that libwayland reads.
    func generate(stems: [String]) -> [GeneratedFile] {
        stems.map { stem in
            var writer = SwiftWriter()
            let items = items(of: stem)
            writer.line("// Made by WaylandScanner from \(stem).xml when the package is built.")
            writer.line()
            emitImports(
                &writer,
                needsDescriptors: items.contains { item in
                    (item.interface.requests + item.interface.events).contains(where: \.hasDescriptor)
                })
            for item in items {
                writer.line()
                switch side {
                case .client: ClientEmitter(selection: self, item: item).emit(&writer)
                case .server: ServerEmitter(selection: self, item: item).emit(&writer)
                }
            }
            return GeneratedFile(name: Self.fileName(stem: stem), text: writer.text)
        } + [GeneratedFile(name: Self.tableFile, text: table())]
    }

    private func emitImports(_ writer: inout SwiftWriter, needsDescriptors: Bool) {
        switch side {
        case .client: writer.line("internal import CWayland")
        case .server:
            writer.line("internal import CWaylandServer")
            writer.line("public import Wayland")
        }
        if needsDescriptors { writer.line("public import System") }
    }

    private func table() -> String {
        var writer = SwiftWriter()
        writer.line("// Made by WaylandScanner when the package is built.")
        if side == .server {
            writer.line()
            writer.line("internal import Wayland")
        }
        writer.line()
        writer.line("/// What libwayland knows of the wire, in the order that the generated types count by.")
        writer.nested(["let interfaceTable = InterfaceTable(["]) { writer in
            for item in items {
                writer.line("InterfaceTable.Entry(")
                writer.line("    \"\(item.interface.name)\", version: \(item.version),")
                writer.line("    requests: \(messages(item.requestTable)),")
                writer.line("    events: \(messages(item.eventTable))),")
            }
        }
        return writer.text.replacing("\n}\n", with: "\n])\n")
    }

    private func messages(_ messages: [Message]) -> String {
        let list = messages.map { message in
            // A dropped message may name what isn't generated.
            let types = message.wireTypes.map { type in type.flatMap { contains($0) ? index(of: $0) : nil } }
            let isPlain = types.allSatisfy { $0 == nil }
            let indices = types.map { $0.map(String.init) ?? "nil" }.joined(separator: ", ")
            return "\n            .init(\"\(message.name)\", \"\(message.signature)\""
                + (isPlain ? "" : ", [\(indices)]") + "),"
        }
        return "[" + list.joined() + (list.isEmpty ? "]" : "\n        ]")
    }
}

/// An enum of the wire as an open set of values.
func emit(_ enumeration: Enumeration, into writer: inout SwiftWriter) {
    let raw = enumeration.isSigned ? "Int32" : "UInt32"
    let name = Names.nestedType(enumeration.name)
    writer.line()
    writer.summary(enumeration.summary)
    let conformance = enumeration.isBitfield ? "OptionSet, Hashable, Sendable" : "RawRepresentable, Hashable, Sendable"
    writer.block("public struct \(name): \(conformance)") { writer in
        writer.line("public let rawValue: \(raw)")
        writer.line("public init(rawValue: \(raw)) { self.rawValue = rawValue }")
        for entry in enumeration.entries {
            writer.summary(entry.summary)
            let isEmptySet = enumeration.isBitfield && entry.value == 0
            let value = isEmptySet ? "[]" : "Self(rawValue: \(entry.literal(signed: enumeration.isSigned)))"
            writer.line("public static let \(Names.member(entry.name))\(isEmptySet ? ": Self" : "") = \(value)")
        }
    }
}

extension Enumeration.Entry {
    fileprivate func literal(signed: Bool) -> String {
        signed || value >= 0 ? String(value) : "UInt32(bitPattern: \(value))"
    }
}

/// What both sides say alike about arguments; `suffix` ends the names of the types of objects.
struct ArgumentEmitter {
    let selection: Selection
    let interface: String
    let objectType: (String) -> String
    let enumSuffix: String

    /// The enum's Swift type and whether its raw value is signed, nil for plain numbers.
    func enumType(_ argument: Argument) -> (name: String, isSigned: Bool)? {
        guard let name = argument.enumeration, argument.kind == .int || argument.kind == .uint,
            let (owner, found) = selection.enumeration(name, in: interface)
        else { return nil }
        return (Names.type(owner) + enumSuffix + "." + Names.nestedType(found.name), found.isSigned)
    }

    /// A plain value's Swift type. Objects that arrive are always optional: libwayland clears those already destroyed here.
    func type(_ argument: Argument, arriving: Bool) -> String {
        let optional = argument.allowsNull ? "?" : ""
        switch argument.kind {
        case .int: return enumType(argument)?.name ?? "Int32"
        case .uint: return enumType(argument)?.name ?? "UInt32"
        case .fixed: return "Fixed"
        case .string: return "String" + optional
        case .array: return "[UInt8]"
        case .descriptor: return "OwnedDescriptor"
        case .object(let name): return objectType(name ?? "") + (arriving ? "?" : optional)
        case .newObject: preconditionFailure("made, not passed")
        }
    }

    /// The expression that fills `wl_argument`, for a value in scope under the argument's own name.
    func wire(_ argument: Argument, object: (String) -> String) -> String {
        let name = Names.local(argument.name)
        let value =
            switch (argument.kind, enumType(argument)?.isSigned) {
            case (.int, nil): "i: \(name)"
            case (.int, true?): "i: \(name).rawValue"
            case (.int, false?): "i: Int32(bitPattern: \(name).rawValue)"
            case (.uint, nil): "u: \(name)"
            case (.uint, true?): "u: UInt32(bitPattern: \(name).rawValue)"
            case (.uint, false?): "u: \(name).rawValue"
            case (.fixed, _): "f: \(name).rawValue"
            case (.string, _): "s: \(name)"
            case (.array, _): "a: \(name)"
            case (.descriptor, _): "h: \(name).rawValue"
            case (.object, _): "o: \(object(argument.allowsNull ? name + "?" : name))"
            case (.newObject, _): "o: nil"
            }
        return "wl_argument(\(value))"
    }

    /// The expression that reads position `index` of what arrived.
    func decoded(_ argument: Argument, at index: Int, object: (String) -> String) -> String {
        switch (argument.kind, enumType(argument)) {
        case (.int, let type?):
            "\(type.name)(rawValue: \(type.isSigned ? "arguments.int(\(index))" : "arguments.uint(\(index))"))"
        case (.uint, let type?):
            "\(type.name)(rawValue: \(type.isSigned ? "arguments.int(\(index))" : "arguments.uint(\(index))"))"
        case (.int, _): "arguments.int(\(index))"
        case (.uint, _): "arguments.uint(\(index))"
        case (.fixed, _): "arguments.fixed(\(index))"
        case (.string, _): argument.allowsNull ? "arguments.optionalString(\(index))" : "arguments.string(\(index))"
        case (.array, _): "arguments.bytes(\(index))"
        case (.descriptor, _): "arguments.descriptor(\(index))"
        case (.object(let name), _): "arguments.object(\(index)).map(\(object(objectType(name ?? ""))))"
        case (.newObject, _): preconditionFailure("made by its side's emitter")
        }
    }

    /// Closures that lend strings and arrays to the wire while a message is marshalled.
    func lending(_ message: Message) -> [String] {
        message.arguments.compactMap { argument in
            let name = Names.local(argument.name)
            switch argument.kind {
            case .string: return "\(name).withCString { \(name) in"
            case .array: return "withWireArray(\(name)) { \(name) in"
            default: return nil
            }
        }
    }
}
