// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// An opening tag with its attributes, and the ways to read them that fail with file and line.
struct Tag {
    let name: String
    let attributes: [String: String]
    let location: Location

    func error(_ problem: String) -> ScannerError { ScannerError(location: location, problem: problem) }

    func required(_ attribute: String) throws(ScannerError) -> String {
        guard let text = attributes[attribute], !text.isEmpty else { throw error("<\(name)> has no \(attribute)") }
        return text
    }

    /// A name that becomes part of a Swift name: ASCII letters, digits and underscores.
    func identifier(_ attribute: String) throws(ScannerError) -> String {
        let text = try required(attribute)
        guard text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }) else {
            throw error("\"\(text)\" is not a name: letters, digits and _ are")
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

    /// An enum entry's value: decimal or hexadecimal, within 32 bits of either sign.
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
        default: throw error("the unknown type \"\(type)\"")
        }
        guard interface == nil else { throw error("a \(type) has no interface") }
        return kind
    }

    func refuse(duplicate name: String, among names: [String]) throws(ScannerError) {
        guard !names.contains(name) else { throw error("a second <\(self.name)> named \(name)") }
    }
}
