// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

// What every source does with text: its URL's, and that of peers.

extension String {
    /// Without control characters: names and errors of a peer go into lines that a person reads.
    package var singleLine: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }

    /// A source's URL as what a line is about, with the colon behind it: the one that `qemu:` or `vfio:` ends with is enough.
    package var asSubject: String { hasSuffix(":") ? self : self + ":" }

    /// The text with each `%xx` of a source's URL turned into its byte. Nil where a % isn't followed by two digits, where a
    /// byte is 0, or where the bytes aren't UTF-8.
    package init?(unescaping text: some StringProtocol) {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        func digit() -> UInt8? { rest.popFirst().flatMap { Character(UnicodeScalar($0)).hexDigitValue.map(UInt8.init) } }
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = digit(), let low = digit() else { return nil }
            bytes.append(high << 4 | low)
        }
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else { return nil }
        self = text
    }

    /// The text as a part of a source's URL: what has a meaning there or in a shell's quotes, and what isn't visible ASCII,
    /// becomes `%xx`.
    package var escapedForURL: String {
        let digits = Array("0123456789abcdef")
        let special = Set("%?&\"'\\".utf8)
        return utf8.reduce(into: "") { text, byte in
            if (0x21...0x7E).contains(byte), !special.contains(byte) {
                text.unicodeScalars.append(UnicodeScalar(byte))
            } else {
                text += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
    }
}
