// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

// Text handling that all sources share: parts of URLs, and text from peers.

internal import System

/// What is wrong with a source's URL, and what to write instead.
package struct URLMistake: Error {
    let what: String
    let remedy: String

    package init(_ what: String, use remedy: String) {
        self.what = what
        self.remedy = remedy
    }

    /// The mistake in one line for the user.
    package func error(in url: String) -> SourceError {
        SourceError(.usage, "\(url.asSubject) \(what): use \(remedy)".singleLine)
    }
}

extension String {
    /// The text with control characters and line breaks replaced by spaces. Names and errors from a peer appear in lines that a
    /// person reads.
    package var singleLine: String { singleLine(atMost: .max) }

    /// The same, cut before the character that exceeds this many bytes of UTF-8: a peer's text may be megabytes long, and a window's
    /// title, a notice or a line of the log has no room for them.
    package func singleLine(atMost bytes: Int) -> String {
        var line = String.UnicodeScalarView(), room = bytes
        for scalar in unicodeScalars {
            room -= UTF8.width(scalar)
            guard room >= 0 else { break }
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: line.append(" ")
            default: line.append(scalar)
            }
        }
        return String(line)
    }

    /// A peer's own name, as a title and in messages.
    package var asPeerName: String { singleLine(atMost: 200) }

    /// A source's URL as the subject of a message: it ends with one colon, which `qemu:` or `vfio:` already has.
    package var asSubject: String { hasSuffix(":") ? self : self + ":" }

    /// Decodes the `%xx` escapes in a part of a source's URL. Returns nil if a % isn't followed by two hexadecimal digits, a byte
    /// is 0, or the bytes aren't UTF-8.
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

    /// Decodes a Unix socket's path in a source's URL.
    ///
    /// - Parameter form: The URL's right form, such as `planes:/SOCKET`.
    package init(socketPath text: some StringProtocol, form: String) throws(URLMistake) {
        self = try String(decoding: text)
        guard hasPrefix("/") else { throw URLMistake("the socket's path isn't absolute", use: form) }
        guard utf8.count <= LocalSocket.longestPath else {
            throw URLMistake("the socket's path exceeds \(LocalSocket.longestPath) bytes", use: "a shorter one, or a link to it")
        }
    }

    /// Decodes the `%xx` escapes in a part of a source's URL.
    package init(decoding text: some StringProtocol) throws(URLMistake) {
        guard let text = String(unescaping: text) else {
            throw URLMistake("a % without two hexadecimal digits after it", use: "%25 for the sign itself")
        }
        self = text
    }

    /// The text as part of a source's URL. Characters that are special there or in a shell's quotes, and all but visible ASCII,
    /// are escaped as `%xx`.
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
