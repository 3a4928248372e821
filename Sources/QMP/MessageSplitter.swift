// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Cuts a monitor's stream into its messages. Each is one JSON object. Line ends don't separate them, since a monitor with
/// `pretty=on` writes a message over many lines.
struct MessageSplitter {
    /// The longest message in bytes. Answers to our commands need a few hundred.
    static let longest = 1 << 16
    /// The deepest nesting of objects and arrays.
    static let deepest = 64

    enum Fault: Error {
        case tooLong, tooDeep
        /// There is a byte outside of any object.
        case notAnObject
    }

    private var message: [UInt8] = []
    private var depth = 0
    private var isInString = false
    private var isEscaped = false

    /// Reads the next bytes and calls `handle` with each message that they complete.
    mutating func feed(_ bytes: some Sequence<UInt8>, _ handle: ([UInt8]) -> Void) throws(Fault) {
        for byte in bytes {
            if depth == 0, byte != UInt8(ascii: "{") {
                guard byte.isJSONSpace else { throw .notAnObject }
                continue
            }
            guard message.count < Self.longest else { throw .tooLong }
            message.append(byte)
            follow(byte)
            guard depth <= Self.deepest else { throw .tooDeep }
            guard depth == 0 else { continue }
            handle(message)
            message.removeAll(keepingCapacity: true)
        }
    }

    private mutating func follow(_ byte: UInt8) {
        if isInString {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
            }
            return
        }
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        default: break
        }
    }
}

extension UInt8 {
    /// RFC 8259's white space.
    fileprivate var isJSONSpace: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }
}
