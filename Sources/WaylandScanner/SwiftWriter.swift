// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

/// Lines of Swift with their indentation.
struct SwiftWriter {
    private var lines: [String] = []
    private var depth = 0

    var text: String { lines.joined(separator: "\n") + "\n" }

    mutating func line(_ text: String = "") {
        lines.append(text.isEmpty ? "" : String(repeating: "    ", count: depth) + text)
    }

    /// A doc comment; the XML's summaries may run over several lines.
    mutating func summary(_ text: String?) {
        guard let words = text?.split(whereSeparator: \.isWhitespace), !words.isEmpty else { return }
        line("/// " + words.joined(separator: " "))
    }

    mutating func block(_ head: String, _ body: (inout SwiftWriter) -> Void) {
        line(head + " {")
        depth += 1
        body(&self)
        depth -= 1
        line("}")
    }

    /// `return try …` through any number of closures: `open` lines, the body, and as many closing braces.
    mutating func nested(_ heads: [String], _ body: (inout SwiftWriter) -> Void) {
        for head in heads {
            line(head)
            depth += 1
        }
        body(&self)
        for _ in heads {
            depth -= 1
            line("}")
        }
    }
}
