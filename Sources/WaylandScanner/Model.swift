// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// A place in an XML file or manifest, for errors.
struct Location: Equatable {
    let file: String
    let line: Int
}

/// What is wrong with an input, in one line: file, line, what, and what to do where that isn't obvious.
struct ScannerError: Error, Equatable, CustomStringConvertible {
    let location: Location
    let problem: String

    var description: String { "\(location.file):\(location.line): \(problem)" }
}

/// One protocol file.
struct ProtocolFile {
    let name: String
    /// The file's name without folder and extension; its output is named by it.
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
    /// Its place among the interface's requests or events in the XML, which pinning never changes.
    let opcode: Int
    let since: Int
    let isDestructor: Bool
    let location: Location
    var summary: String?
    var arguments: [Argument] = []

    /// The argument that makes an object, at most one in a request.
    var newObject: Argument? { arguments.first { $0.kind.isNewObject } }
    var hasDescriptor: Bool { arguments.contains { $0.kind == .descriptor } }

    /// Types and positions on the wire: an untyped new_id travels as interface name, version and id.
    var wireCount: Int { arguments.reduce(0) { $0 + $1.wireWidth } }

    /// libwayland's notation: the version if above 1, then a letter for each argument, `?` before a nullable one.
    var signature: String {
        (since > 1 ? String(since) : "")
            + arguments.map { ($0.allowsNull ? "?" : "") + $0.kind.letters }.joined()
    }

    /// The interface of each position on the wire, nil where there is none.
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
    /// As in the XML: `transform` of the same interface, or `wl_output.transform`.
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
    /// Some argument of its protocol carries it as `int`, or a value is negative.
    var isSigned = false
}
