// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CPlaneProtocol
internal import Planes

// Text fields of the protocol: C's arrays come as tuples, which only their bytes make usable.

/// Writes as much of a text as fits, whole characters only, and zeros behind it.
func put<Field: BitwiseCopyable>(_ text: String, into field: inout Field) {
    withUnsafeMutableBytes(of: &field) { bytes in
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        var used = 0
        for character in text.singleLine {
            guard used + character.utf8.count <= bytes.count else { return }
            for byte in character.utf8 {
                bytes[used] = byte
                used += 1
            }
        }
    }
}

/// What a peer wrote: up to the first zero, with what isn't UTF-8 or visible replaced.
func text<Field: BitwiseCopyable>(in field: Field) -> String {
    withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self).singleLine }
}

extension plane_header {
    /// The header of a message of this structure.
    init<Message: BitwiseCopyable>(of message: Message.Type, _ type: plane_message) {
        self.init(size: UInt32(MemoryLayout<Message>.size), type: type.rawValue)
    }
}

extension plane_hello {
    init(_ type: plane_message, version: UInt32, features: UInt64, name: String) {
        self.init()
        header = plane_header(of: Self.self, type)
        magic = UInt64(PLANE_MAGIC)
        self.version = version
        lowest_version = 1
        self.features = features
        put(name, into: &self.name)
    }
}

extension plane_bye {
    init(_ reason: plane_reason, detail: UInt32 = 0, text: String) {
        self.init()
        header = plane_header(of: Self.self, PLANE_BYE)
        self.reason = reason.rawValue
        self.detail = detail
        put(text, into: &self.text)
    }
}
