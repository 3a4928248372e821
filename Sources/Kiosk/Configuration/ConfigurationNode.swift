// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CTOML
internal import Planes

/// A place in a configuration.
package struct TextPlace: Hashable, Comparable, Sendable {
    /// The file as the user named it, or an option of the command line with its value.
    package let file: String
    /// Counts from 1; 0 for the file as a whole.
    package let line: Int
    /// Counts characters from 1; 0 for the file as a whole.
    package let column: Int

    /// The file as a whole.
    init(_ file: String) { (self.file, line, column) = (file, 0, 0) }

    init(_ file: String, line: Int, column: Int) { (self.file, self.line, self.column) = (file, line, column) }

    package static func < (one: TextPlace, other: TextPlace) -> Bool {
        (one.file, one.line, one.column) < (other.file, other.line, other.column)
    }
}

/// A mistake in a configuration, as one line for whoever wrote it: `kiosk.toml:12:3: …`.
package struct ConfigurationFault: Error, Hashable, CustomStringConvertible {
    package let place: TextPlace
    package let text: String

    init(_ place: TextPlace, _ text: String) {
        self.place = place
        self.text = text.singleLine(atMost: 400)
    }

    package var description: String {
        let position = place.line > 0 ? "\(place.line):\(place.column): " : " "
        return "\(place.file.singleLine):\(position)\(text)"
    }
}

/// A value of a TOML text, and where it stands.
struct ConfigurationNode {
    struct Entry {
        let place: TextPlace
        let node: ConfigurationNode
    }

    enum Value {
        case table([String: Entry])
        case array([ConfigurationNode])
        case string(String)
        case integer(Int64)
        case float(Double)
        case boolean(Bool)
        /// A date or a time, which no key takes.
        case time
    }

    let place: TextPlace
    let value: Value

    /// In bytes. A line this long could nest tables by dotted keys some 2000 levels deep, which both sides' recursions bear.
    static let longestLine = 4096

    /// - Parameter file: what faults name.
    static func parse(_ text: [UInt8], file: String) throws(ConfigurationFault) -> ConfigurationNode {
        for (number, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
        where line.count > longestLine {
            throw ConfigurationFault(
                TextPlace(file, line: number + 1, column: 1), "the line has more than \(longestLine) bytes: break it up")
        }
        var fault = toml_fault()
        let document = text.withUnsafeBytes { bytes in
            toml_document_parse(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, &fault)
        }
        guard let document else {
            let text = withUnsafeBytes(of: fault.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            throw ConfigurationFault(TextPlace(file, fault.place), "this is no TOML: \(text)")
        }
        defer { toml_document_free(document) }
        return ConfigurationNode(toml_document_root(document), file)
    }

    init(place: TextPlace, value: Value) { (self.place, self.value) = (place, value) }

    private init(_ node: toml_node, _ file: String) {
        place = TextPlace(file, toml_node_place(node))
        value =
            switch toml_node_kind(node) {
            case TOML_TABLE: .table(Self.children(of: node, file).entries)
            case TOML_ARRAY: .array(Self.children(of: node, file).elements)
            case TOML_STRING: .string(Self.string(of: node))
            case TOML_INTEGER: .integer(toml_node_integer(node))
            case TOML_FLOAT: .float(toml_node_float(node))
            case TOML_BOOLEAN: .boolean(toml_node_boolean(node))
            default: .time
            }
    }

    private struct Children {
        let file: String
        var entries: [String: Entry] = [:]
        var elements: [ConfigurationNode] = []
    }

    private static func children(of node: toml_node, _ file: String) -> Children {
        var children = Children(file: file)
        withUnsafeMutablePointer(to: &children) { pointer in
            toml_node_visit(node, pointer) { context, key, length, place, child in
                let children = context!.assumingMemoryBound(to: Children.self), file = children.pointee.file
                let node = ConfigurationNode(child!, file)
                guard let key else { return children.pointee.elements.append(node) }
                let name = String(decoding: UnsafeRawBufferPointer(start: key, count: length), as: UTF8.self)
                children.pointee.entries[name] = Entry(place: TextPlace(file, place), node: node)
            }
        }
        return children
    }

    private static func string(of node: toml_node) -> String {
        var length = 0
        let start = toml_node_string(node, &length)
        return String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
    }

    /// What the value is, with its article.
    var kind: String {
        switch value {
        case .table: "a table"
        case .array: "a list"
        case .string: "a string"
        case .integer, .float: "a number"
        case .boolean: "true or false"
        case .time: "a date or time"
        }
    }
}

extension TextPlace {
    fileprivate init(_ file: String, _ place: toml_place) {
        self.init(file, line: Int(place.line), column: Int(place.column))
    }
}
