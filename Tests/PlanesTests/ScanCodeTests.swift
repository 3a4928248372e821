// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import Testing

@Suite("QEMU's key numbers")
struct ScanCodeTests {
    struct Pair: Sendable, CustomTestStringConvertible {
        let key: String
        let code: UInt32
        let number: UInt32
        var testDescription: String { key }
    }

    static let known = [
        Pair(key: "Escape", code: 1, number: 0x01), Pair(key: "A", code: 30, number: 0x1E),
        Pair(key: "Enter", code: 28, number: 0x1C), Pair(key: "left Ctrl", code: 29, number: 0x1D),
        Pair(key: "left Alt", code: 56, number: 0x38), Pair(key: "F10", code: 68, number: 0x44),
        Pair(key: "Num Lock", code: 69, number: 0x45), Pair(key: "keypad .", code: 83, number: 0x53),
        Pair(key: "the 102nd key", code: 86, number: 0x56), Pair(key: "F11", code: 87, number: 0x57),
        Pair(key: "Ro", code: 89, number: 0x73), Pair(key: "keypad Enter", code: 96, number: 0x9C),
        Pair(key: "right Ctrl", code: 97, number: 0x9D), Pair(key: "keypad /", code: 98, number: 0xB5),
        Pair(key: "Print", code: 99, number: 0x54), Pair(key: "right Alt", code: 100, number: 0xB8),
        Pair(key: "Home", code: 102, number: 0xC7), Pair(key: "Up", code: 103, number: 0xC8),
        Pair(key: "Delete", code: 111, number: 0xD3), Pair(key: "Pause", code: 119, number: 0xC6),
        Pair(key: "Hangul", code: 122, number: 0x72), Pair(key: "Hanja", code: 123, number: 0x71),
        Pair(key: "Yen", code: 124, number: 0x7D), Pair(key: "left Meta", code: 125, number: 0xDB),
        Pair(key: "Menu", code: 127, number: 0xDD), Pair(key: "F24", code: 194, number: 0x6F),
    ]

    @Test("are those of the AT keyboard", arguments: known)
    func numbers(_ pair: Pair) {
        #expect(ScanCode(KeyCode(rawValue: pair.code))?.number == pair.number)
    }

    @Test("are bytes; each belongs to one key, and none is 0")
    func distinct() {
        let numbers = (UInt32(0)...1000).compactMap { ScanCode(KeyCode(rawValue: $0))?.number }
        #expect(numbers.count == 230 && Set(numbers).count == numbers.count)
        #expect(numbers.allSatisfy { (1...0xFF).contains($0) })
    }

    @Test(
        "don't exist for mouse buttons and unassigned codes", arguments: [0, 84, 170, 195, 240, 0x110, 0x2FF, .max] as [UInt32])
    func unknown(code: UInt32) {
        #expect(ScanCode(KeyCode(rawValue: code)) == nil)
    }
}
