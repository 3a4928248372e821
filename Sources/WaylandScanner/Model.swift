// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// A position in an XML file or manifest, for error messages.
struct Location: Equatable {
    let file: String
    let line: Int
}

/// An error in the input as one line: file, line, problem, and the remedy where it isn't obvious.
struct ScannerError: Error, Equatable, CustomStringConvertible {
    let location: Location
    let problem: String

    var description: String { "\(location.file):\(location.line): \(problem)" }
}

/// The contents of one protocol XML.
struct ProtocolFile {
    let name: String
    /// The file's name without folder and extension. The generated file is named after it.
    let stem: String
    var interfaces: [Interface] = []
}

struct Interface {
    let name: String
    let version: Int
    let location: Location
    var summary: String?
    var requests: [Message] = []
    var events: [Message] = []
    var enumerations: [Enumeration] = []
}

/// A request or an event.
struct Message {
    let name: String
    /// The position among the interface's requests or events in the XML. Pinning to a lower version never changes it.
    let opcode: Int
    let since: Int
    let isDestructor: Bool
    let location: Location
    var summary: String?
    var arguments: [Argument] = []

    /// The argument that creates an object; a request has at most one.
    var newObject: Argument? { arguments.first { $0.kind.isNewObject } }
    var hasDescriptor: Bool { arguments.contains { $0.kind == .descriptor } }

    /// The number of arguments on the wire, where an untyped new_id counts as three: interface name, version and id.
    var wireCount: Int { arguments.reduce(0) { $0 + $1.wireWidth } }

    /// The signature in libwayland's notation: the version if above 1, then a letter for each argument, `?` before a nullable
    /// one.
    var signature: String {
        (since > 1 ? String(since) : "")
            + arguments.map { ($0.allowsNull ? "?" : "") + $0.kind.letters }.joined()
    }

    /// The interface at each position on the wire; nil for arguments that aren't typed objects.
    var wireTypes: [String?] {
        arguments.flatMap { argument in
            Array(repeating: nil, count: argument.wireWidth - 1) + [argument.kind.interface]
        }
    }
}

struct Argument {
    enum Kind: Equatable {
        case int, uint, fixed, string, array, descriptor
        case object(String?)
        case newObject(String?)

        var isNewObject: Bool { if case .newObject = self { true } else { false } }
        var interface: String? {
            switch self {
            case .object(let name), .newObject(let name): name
            default: nil
            }
        }
        var letters: String {
            switch self {
            case .int: "i"
            case .uint: "u"
            case .fixed: "f"
            case .string: "s"
            case .array: "a"
            case .descriptor: "h"
            case .object: "o"
            case .newObject(nil): "sun"
            case .newObject: "n"
            }
        }
    }

    let name: String
    let kind: Kind
    let allowsNull: Bool
    /// The enum's name as in the XML: `transform` for one of the same interface, or `wl_output.transform`.
    let enumeration: String?

    var wireWidth: Int { kind == .newObject(nil) ? 3 : 1 }
}

struct Enumeration {
    struct Entry {
        let name: String
        let value: Int64
        let since: Int
        let summary: String?
    }

    let name: String
    let since: Int
    let isBitfield: Bool
    var summary: String?
    var entries: [Entry] = []
    /// Whether an argument of its protocol has type `int`, or one of its values is negative.
    var isSigned = false
}
