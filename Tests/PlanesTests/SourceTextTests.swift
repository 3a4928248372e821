// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Testing

@testable import Planes

@Suite("A peer's text")
struct SourceTextTests {
    @Test("is one line, whatever breaks lines in it")
    func lines() {
        #expect("a\nb\r\u{85}c\u{2028}d\u{2029}e\0f\u{1B}[31m\t".singleLine == "a b  c d e f [31m ")
    }

    @Test(
        "is cut by its bytes, before the character that exceeds them",
        arguments: [("abc", 3, "abc"), ("abcd", 3, "abc"), ("äöü", 5, "äö"), ("€", 2, ""), ("", 0, ""), ("😀b", 4, "😀")])
    func cut(text: String, bytes: Int, result: String) {
        #expect(text.singleLine(atMost: bytes) == result)
    }

    @Test("of megabytes is a name of 200 bytes, as is one of a single character with marks on it")
    func long() {
        #expect(String(repeating: "x", count: 4_000_000).asPeerName == String(repeating: "x", count: 200))
        #expect(("a" + String(repeating: "\u{301}", count: 1_000_000)).asPeerName.utf8.count <= 200)
    }
}
