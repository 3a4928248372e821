// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import FoundationXML

/// Reads a protocol XML into the model. The emitters rely on the checks made here.
final class ProtocolParser: NSObject, XMLParserDelegate {
    private let file: String
    private var result: ProtocolFile?
    private var message: Message?
    private var messageIsEvent = false
    private var enumeration: Enumeration?
    private var interface: Interface?
    private var open: [String] = []
    private var failure: ScannerError?

    private init(file: String) { self.file = file }

    static func parse(contentsOf url: URL) throws(ScannerError) -> ProtocolFile {
        guard let data = try? Data(contentsOf: url) else {
            throw ScannerError(
                location: Location(file: url.path, line: 0), problem: "can't be read; is the package that ships it installed?")
        }
        return try parse(data, file: url.path)
    }

    static func parse(_ data: Data, file: String) throws(ScannerError) -> ProtocolFile {
        let delegate = ProtocolParser(file: file)
        let parser = XMLParser(data: data)
        parser.delegate = delegate
        let succeeded = parser.parse()
        if let failure = delegate.failure { throw failure }
        // libxml2 repairs some malformed files and reports success.
        guard succeeded, parser.parserError == nil, var result = delegate.result else {
            throw ScannerError(
                location: Location(file: file, line: max(parser.lineNumber, 1)), problem: "not a well-formed protocol XML")
        }
        result.markSignedEnumerations()
        return result
    }

    // MARK: Elements

    /// The elements allowed inside each element.
    private static let children: [String: Set<String>] = [
        "": ["protocol"],
        "protocol": ["copyright", "description", "interface"],
        "interface": ["description", "request", "event", "enum"],
        "request": ["description", "arg"], "event": ["description", "arg"],
        "enum": ["description", "entry"], "entry": ["description"], "arg": ["description"],
    ]

    func parser(
        _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        guard failure == nil else { return }
        let tag = Tag(name: element, attributes: attributes, location: Location(file: file, line: parser.lineNumber))
        do throws(ScannerError) {
            let parent = open.last ?? ""
            guard Self.children[parent]?.contains(element) == true else {
                throw tag.error("<\(element)> isn't allowed \(parent.isEmpty ? "at the top level" : "in <\(parent)>")")
            }
            try start(tag)
        } catch {
            failure = error
            parser.abortParsing()
        }
        open.append(element)
    }

    private func start(_ tag: Tag) throws(ScannerError) {
        switch tag.name {
        case "protocol":
            let stem = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
            result = ProtocolFile(name: try tag.identifier("name"), stem: stem)
        case "interface":
            let name = try tag.identifier("name")
            try tag.refuse(duplicate: name, among: result!.interfaces.map(\.name))
            interface = Interface(name: name, version: try tag.number("version"), location: tag.location)
        case "request", "event": try startMessage(tag)
        case "arg": message!.arguments.append(try argument(tag))
        case "enum":
            let name = try tag.identifier("name")
            try tag.refuse(duplicate: name, among: interface!.enumerations.map(\.name))
            enumeration = Enumeration(
                name: name, since: try tag.since(in: interface!), isBitfield: try tag.flag("bitfield"))
        case "entry":
            let name = try tag.identifier("name")
            try tag.refuse(duplicate: name, among: enumeration!.entries.map(\.name))
            enumeration!.entries.append(
                .init(
                    name: name, value: try tag.value(), since: try tag.since(in: interface!),
                    summary: tag.attributes["summary"]))
        case "description": describe(tag.attributes["summary"])
        default: break
        }
    }

    private func startMessage(_ tag: Tag) throws(ScannerError) {
        messageIsEvent = tag.name == "event"
        let siblings = messageIsEvent ? interface!.events : interface!.requests
        let name = try tag.identifier("name")
        try tag.refuse(duplicate: name, among: siblings.map(\.name))
        let type = tag.attributes["type"]
        guard type == nil || type == "destructor" else { throw tag.error("\(name) has the unknown type \"\(type!)\"") }
        message = Message(
            name: name, opcode: siblings.count, since: try tag.since(in: interface!), isDestructor: type != nil,
            location: tag.location)
    }

    private func argument(_ tag: Tag) throws(ScannerError) -> Argument {
        let name = try tag.identifier("name")
        try tag.refuse(duplicate: name, among: message!.arguments.map(\.name))
        let interface = tag.attributes["interface"]
        let kind = try tag.kind(interface: interface)
        if kind.isNewObject {
            guard message!.newObject == nil else { throw tag.error("\(message!.name) has a second new_id") }
            guard !(messageIsEvent && interface == nil) else {
                throw tag.error("the event \(message!.name) creates an object without an interface")
            }
        }
        let allowsNull = try tag.flag("allow-null")
        switch kind {
        case .string, .object: break
        default: guard !allowsNull else { throw tag.error("\(name) can't be null: only strings and objects can") }
        }
        return Argument(name: name, kind: kind, allowsNull: allowsNull, enumeration: tag.attributes["enum"])
    }

    private func describe(_ summary: String?) {
        switch open.last {
        case "interface": interface!.summary = summary
        case "request", "event": message!.summary = summary
        case "enum": enumeration!.summary = summary
        default: break
        }
    }

    func parser(_ parser: XMLParser, didEndElement element: String, namespaceURI: String?, qualifiedName: String?) {
        guard failure == nil else { return }
        open.removeLast()
        switch element {
        case "interface": result!.interfaces.append(interface!)
        case "request": interface!.requests.append(message!)
        case "event": interface!.events.append(message!)
        case "enum": interface!.enumerations.append(enumeration!)
        default: break
        }
    }
}

extension ProtocolFile {
    /// Marks the enums whose raw values are signed. This depends on the whole protocol rather than on what a manifest selects;
    /// otherwise adding a line to the manifest could change a type.
    fileprivate mutating func markSignedEnumerations() {
        var signed: Set<String> = []
        for interface in interfaces {
            for argument in (interface.requests + interface.events).flatMap(\.arguments) where argument.kind == .int {
                guard let name = argument.enumeration else { continue }
                signed.insert(name.contains(".") ? name : "\(interface.name).\(name)")
            }
        }
        for (i, interface) in interfaces.enumerated() {
            for (j, enumeration) in interface.enumerations.enumerated() {
                let values = enumeration.entries.map(\.value)
                let wanted = signed.contains("\(interface.name).\(enumeration.name)") || values.contains { $0 < 0 }
                interfaces[i].enumerations[j].isSigned =
                    wanted && !enumeration.isBitfield && values.allSatisfy { $0 <= Int32.max }
            }
        }
    }
}

/// An opening tag with its attributes, and typed accessors that fail with file and line.
struct Tag {
    let name: String
    let attributes: [String: String]
    let location: Location

    func error(_ problem: String) -> ScannerError { ScannerError(location: location, problem: problem) }

    func required(_ attribute: String) throws(ScannerError) -> String {
        guard let text = attributes[attribute], !text.isEmpty else { throw error("<\(name)> has no \(attribute)") }
        return text
    }

    /// A name that becomes part of a Swift name: ASCII letters, digits and underscores only.
    func identifier(_ attribute: String) throws(ScannerError) -> String {
        let text = try required(attribute)
        guard text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }) else {
            throw error("\"\(text)\" is not a valid name: use letters, digits and _")
        }
        return text
    }

    func number(_ attribute: String) throws(ScannerError) -> Int {
        let text = try required(attribute)
        guard let number = Int(text), number > 0 else { throw error("\(attribute)=\"\(text)\" is not a positive number") }
        return number
    }

    func since(in interface: Interface) throws(ScannerError) -> Int {
        guard attributes["since"] != nil else { return 1 }
        let since = try number("since")
        guard since <= interface.version else {
            throw error("since=\"\(since)\" in \(interface.name), which ends at version \(interface.version)")
        }
        return since
    }

    func flag(_ attribute: String) throws(ScannerError) -> Bool {
        switch attributes[attribute] {
        case nil, "false": return false
        case "true": return true
        case let text?: throw error("\(attribute)=\"\(text)\" is neither true nor false")
        }
    }

    /// An enum entry's value: decimal or hexadecimal, from Int32.min to UInt32.max.
    func value() throws(ScannerError) -> Int64 {
        let text = try required("value")
        let value = text.hasPrefix("0x") ? Int64(text.dropFirst(2), radix: 16) : Int64(text)
        guard let value, (Int64(Int32.min)...Int64(UInt32.max)).contains(value) else {
            throw error("value=\"\(text)\" is not a 32-bit number")
        }
        return value
    }

    func kind(interface: String?) throws(ScannerError) -> Argument.Kind {
        let type = try required("type")
        let kind: Argument.Kind
        switch type {
        case "int": kind = .int
        case "uint": kind = .uint
        case "fixed": kind = .fixed
        case "string": kind = .string
        case "array": kind = .array
        case "fd": kind = .descriptor
        case "object": return .object(interface)
        case "new_id": return .newObject(interface)
        default: throw error("unknown type \"\(type)\"")
        }
        guard interface == nil else { throw error("an argument of type \(type) can't have an interface") }
        return kind
    }

    func refuse(duplicate name: String, among names: [String]) throws(ScannerError) {
        guard !names.contains(name) else { throw error("a second <\(self.name)> named \(name)") }
    }
}
