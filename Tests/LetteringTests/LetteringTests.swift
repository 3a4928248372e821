// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import Testing

@testable import Lettering

@Suite("Lettering")
struct LetteringTests {
    /// The sheet's pixels as one line of `#` and `.` for each row.
    private func picture(_ sheet: Sheet) -> [String] {
        let width = Int(sheet.size.width)
        return (0..<Int(sheet.size.height)).map { y in
            sheet.pixels[y * width..<(y + 1) * width].map { $0 == 0xFFFF_FFFF ? "#" : "." }.joined()
        }
    }

    private func written(_ text: String, dot: Int32 = 1) -> Sheet {
        var sheet = Sheet(size: Lettering.size(of: text, dot: dot), color: 0)
        sheet.write(text, at: .zero, dot: dot, color: 0xFFFF_FFFF)
        return sheet
    }

    @Test("a capital stands on the baseline, and a small letter may have a descender")
    func line() {
        #expect(
            picture(written("Ag")) == [
                "..#........", ".#.#.......", "#...#..####", "#...#.#...#", "#####.#...#", "#...#.#...#", "#...#..####",
                "..........#", ".......###.",
            ])
    }

    @Test("every printable ASCII character has its own shape, and a space is empty")
    func shapes() {
        let characters = (0x20...0x7E).map { String(UnicodeScalar(UInt8($0))) }
        #expect(Set(characters.map { picture(written($0)) }).count == characters.count)
        #expect(!written(" ").pixels.contains(0xFFFF_FFFF))
    }

    @Test("any other character is drawn as one box, which no letter looks like", arguments: ["ü", "日", "👩‍👩‍👧", "\u{7F}", "\n"])
    func box(text: String) {
        let box = ["#####", "#...#", "#...#", "#...#", "#...#", "#...#", "#####", ".....", "....."]
        #expect(picture(written(text)) == box)
        #expect(picture(written("\u{FFFD}")) == box)
    }

    @Test("a dot is a square of pixels")
    func dots() {
        let small = written("W"), large = written("W", dot: 3)
        #expect(large.size == PixelSize(width: 15, height: 27))
        for y in 0..<27 {
            for x in 0..<15 { #expect(large.pixels[y * 15 + x] == small.pixels[y / 3 * 5 + x / 3]) }
        }
    }

    @Test("text beyond the sheet's edges is cut off", arguments: [-40, -3, 0, 3, 40] as [Int32])
    func edges(at place: Int32) {
        var sheet = Sheet(size: PixelSize(width: 8, height: 8), color: 0)
        sheet.write("####", at: PixelPoint(x: place, y: place), dot: 2, color: 0xFFFF_FFFF)
        sheet.fill(PixelRectangle(x: place, y: place, width: .max, height: 1), color: 0xFF00_0000)
        #expect(sheet.pixels.count == 64)
        #expect(sheet.pixels.contains { $0 != 0 } == (place.magnitude <= 3))
    }

    @Test("a line that is too long is cut and ends in three points")
    func fitted() {
        #expect(Lettering.fitted("debian", width: 35, dot: 1) == "debian")
        #expect(Lettering.fitted("debian", width: 34, dot: 1) == "de...")
        #expect(Lettering.fitted("debian", width: 71, dot: 2) == "debian")
        #expect(Lettering.fitted("debian", width: 69, dot: 2) == "de...")
        #expect(Lettering.fitted("debian", width: 17, dot: 1) == "")
        #expect(Lettering.fitted("debian", width: -5, dot: 1) == "")
        #expect(Lettering.fitted("", width: 0, dot: 1) == "")
    }

    @Test("a text is broken between words and within long words, and its last line is cut if more remains")
    func wrapping() {
        func wrapped(_ text: String, columns: Int32, atMost most: Int = 3) -> [String] {
            Lettering.wrapped(text, width: (columns * Lettering.advance - 1) * 2, dot: 2, atMost: most)
        }
        #expect(wrapped("no QEMU is there", columns: 7) == ["no QEMU", "is", "there"])
        #expect(wrapped("no QEMU is there", columns: 8) == ["no QEMU", "is there"])
        #expect(wrapped("no QEMU is there", columns: 7, atMost: 2) == ["no QEMU", "is t..."])
        #expect(wrapped("unix:path=/run/vm no", columns: 8) == ["unix:pat", "h=/run/v", "m no"])
        #expect(wrapped("at /home/somebody/x.png", columns: 8) == ["at", "/home/so", "mebod..."])
        #expect(wrapped("  ", columns: 8) == [] && wrapped("a", columns: 0) == [""])
    }
}
