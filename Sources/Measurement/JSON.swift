// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// A JSON value that keeps its members in the given order when written (RFC 8259). Foundation's encoder would lengthen the
/// viewer's start.
public enum JSON {
    case object([(String, JSON)])
    case array([JSON])
    case string(String)
    case integer(UInt64)
    case number(Double)
    case boolean(Bool)
    case null

    /// The JSON text, indented by two spaces, without a final newline.
    public var text: String { lines(indent: "") }

    private func lines(indent: String) -> String {
        let deeper = indent + "  "
        switch self {
        case .object(let members):
            guard !members.isEmpty else { return "{}" }
            let lines = members.map { "\(deeper)\(Self.quoted($0.0)): \($0.1.lines(indent: deeper))" }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        case .array(let elements):
            guard !elements.isEmpty else { return "[]" }
            return "[\n" + elements.map { deeper + $0.lines(indent: deeper) }.joined(separator: ",\n") + "\n\(indent)]"
        case .string(let value): return Self.quoted(value)
        case .integer(let value): return String(value)
        case .number(let value): return value.isFinite ? String(value) : "null"
        case .boolean(let value): return value ? "true" : "false"
        case .null: return "null"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
