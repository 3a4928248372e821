// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import Testing

@Suite("Clipboard content")
struct ClipboardContentTests {
    @Test("text is UTF-8 and passes unchanged, except for the NULs at the end of a Windows text")
    func text() throws {
        for text in ["", "a", "Grüße, 世界\r\n\t", String(repeating: "x", count: 64)] {
            #expect(try ClipboardContent(.text, Array(text.utf8), limit: 64).bytes == Array(text.utf8))
            #expect(
                try ClipboardContent(.text, Array(text.utf8.prefix(62)) + [0, 0], limit: 64).bytes == Array(text.utf8.prefix(62)))
        }
    }

    @Test(
        "a NUL inside the text and invalid UTF-8 are refused",
        arguments: [[65, 0, 66], [0xFF], [0xC3], [0xED, 0xA0, 0x80], [0, 65]])
    func notText(bytes: [UInt8]) {
        #expect(throws: ClipboardFault.notText) { try ClipboardContent(.text, bytes, limit: 100) }
    }

    @Test("a picture must begin with the PNG signature")
    func picture() throws {
        let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        #expect(try ClipboardContent(.png, signature + [0, 1, 0], limit: 100).bytes == signature + [0, 1, 0])
        for bytes in [[], Array(signature.dropLast()), Array("GIF89a, and more".utf8)] as [[UInt8]] {
            #expect(throws: ClipboardFault.notPNG) { try ClipboardContent(.png, bytes, limit: 100) }
        }
    }

    @Test("content that exceeds the limit is refused")
    func limit() throws {
        #expect(try ClipboardContent(.text, Array("abc".utf8), limit: 3).bytes.count == 3)
        #expect(throws: ClipboardFault.tooLong(limit: 3)) { try ClipboardContent(.text, Array("abcd".utf8), limit: 3) }
    }
}
