// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CJansson
internal import Glibc

/// JSON text that somebody else wrote, or a part of it. All unsafe code for JSON is here: each instance holds a counted reference to a
/// Jansson value.
package final class JSONValue {
    private let pointer: UnsafeMutablePointer<json_t>

    /// Returns nil where the bytes aren't one JSON object or array. Jansson refuses more than 2048 levels, and text that isn't UTF-8.
    package init?(parsing text: some Collection<UInt8>) {
        var error = json_error_t()
        let parsed = Array(text).withUnsafeBytes { bytes in
            json_loadb(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, 0, &error)
        }
        guard let parsed else { return nil }
        pointer = parsed
    }

    private init(sharing pointer: UnsafeMutablePointer<json_t>) { self.pointer = json_incref(pointer) }

    deinit { json_decref(pointer) }

    /// A member of an object; nil where there is none of this name, or where the value isn't an object.
    package subscript(name: String) -> JSONValue? { json_object_get(pointer, name).map(JSONValue.init(sharing:)) }

    /// An array's elements; nil where the value isn't an array.
    package var elements: [JSONValue]? {
        guard pointer.pointee.type == JSON_ARRAY else { return nil }
        return (0..<json_array_size(pointer)).compactMap { json_array_get(pointer, $0).map(JSONValue.init(sharing:)) }
    }

    /// A string's text up to its first NUL; nil where the value isn't a string.
    package var text: String? { json_string_value(pointer).map { String(cString: $0) } }

    /// A whole number of 64 bits; nil where the value isn't one.
    package var integer: Int64? { pointer.pointee.type == JSON_INTEGER ? json_integer_value(pointer) : nil }

    /// A number; nil where the value isn't one. Jansson refuses texts with numbers that no Double can hold.
    package var number: Double? {
        switch pointer.pointee.type {
        case JSON_INTEGER: Double(json_integer_value(pointer))
        case JSON_REAL: json_real_value(pointer)
        default: nil
        }
    }

    package var isNull: Bool { pointer.pointee.type == JSON_NULL }

    /// The value as JSON text on one line.
    package var line: String {
        guard let text = json_dumps(pointer, Int(JSON_COMPACT | JSON_ENCODE_ANY)) else { return "" }
        defer { free(text) }
        return String(cString: text)
    }

    /// Whether both have the same type and content. The order of members doesn't matter.
    package func isEqual(to other: JSONValue) -> Bool { json_equal(pointer, other.pointer) == 1 }

    /// nil where the value is neither true nor false.
    package var boolean: Bool? {
        switch pointer.pointee.type {
        case JSON_TRUE: true
        case JSON_FALSE: false
        default: nil
        }
    }
}
