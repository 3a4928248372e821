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
        /// Tables or lists below the depth that is read.
        case nested
    }

    let place: TextPlace
    let value: Value

    /// In bytes. A line this long nests some 500 tables by dotted keys, beside those that its own lines nest (`TOML_MAX_NESTED_VALUES`).
    /// toml++ destroys them by recursion: this many take about a megabyte of stack.
    static let longestLine = 1024
    /// The depth to which values are read: more than any key takes.
    private static let deepest = 8

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
        return ConfigurationNode(toml_document_root(document), file, depth: 0)
    }

    init(place: TextPlace, value: Value) { (self.place, self.value) = (place, value) }

    private init(_ node: toml_node, _ file: String, depth: Int) {
        place = TextPlace(file, toml_node_place(node))
        let kind = toml_node_kind(node), isContainer = kind == TOML_TABLE || kind == TOML_ARRAY
        guard !isContainer || depth < Self.deepest else {
            value = .nested
            return
        }
        value =
            switch kind {
            case TOML_TABLE: .table(Self.children(of: node, file, depth: depth).entries)
            case TOML_ARRAY: .array(Self.children(of: node, file, depth: depth).elements)
            case TOML_STRING: .string(Self.string(of: node))
            case TOML_INTEGER: .integer(toml_node_integer(node))
            case TOML_FLOAT: .float(toml_node_float(node))
            case TOML_BOOLEAN: .boolean(toml_node_boolean(node))
            default: .time
            }
    }

    private struct Children {
        let file: String
        /// How deep the children are nested; those of the document are at 1.
        let depth: Int
        var entries: [String: Entry] = [:]
        var elements: [ConfigurationNode] = []
    }

    private static func children(of node: toml_node, _ file: String, depth: Int) -> Children {
        var children = Children(file: file, depth: depth + 1)
        withUnsafeMutablePointer(to: &children) { pointer in
            toml_node_visit(node, pointer) { context, key, length, place, child in
                let children = context!.assumingMemoryBound(to: Children.self), file = children.pointee.file
                let node = ConfigurationNode(child!, file, depth: children.pointee.depth)
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
        case .nested: "a table of tables"
        }
    }
}

extension TextPlace {
    fileprivate init(_ file: String, _ place: toml_place) {
        self.init(file, line: Int(place.line), column: Int(place.column))
    }
}
