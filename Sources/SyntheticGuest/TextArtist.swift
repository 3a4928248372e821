// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc

/// Numbered lines of text that scroll up, in glyphs of 5x7 dots of 2x2 pixels.
struct TextArtist {
    private static let dot = 2
    /// In dots, the gap to the next glyph and line included.
    private static let advance = 6
    private static let lineHeight = 9
    private static let ink: UInt32 = 0xE8E6D8
    private static let paper: UInt32 = 0x1C2430

    /// The pixels of each possible row of five dots, so that a glyph's row is one copy.
    private let rows: [UInt32]

    init() {
        rows = (0..<32).flatMap { mask in
            (0..<Self.advance * Self.dot).map { x in
                let dot = x / Self.dot
                return dot < 5 && mask >> (4 - dot) & 1 == 1 ? Self.ink : Self.paper
            }
        }
    }

    func draw(scrolledBy offset: Int, on canvas: Canvas) {
        let glyphWidth = Self.advance * Self.dot
        rows.withUnsafeBufferPointer { rows in
            for y in 0..<canvas.height {
                let place = y + offset
                let target = canvas.row(y)
                // The second pixel row of a dot is the first one's twin.
                if y > 0, place % Self.dot != 0 {
                    memcpy(target, canvas.row(y - 1), canvas.width * 4)
                    continue
                }
                let line = place / (Self.lineHeight * Self.dot)
                let dotRow = place / Self.dot % Self.lineHeight
                var x = 0, column = 0
                while x < canvas.width {
                    let mask = dotRow < 7 ? Int(Glyphs.row(dotRow, of: Glyphs.character(line: line, column: column))) : 0
                    memcpy(target + x, rows.baseAddress! + mask * glyphWidth, min(glyphWidth, canvas.width - x) * 4)
                    x += glyphWidth
                    column += 1
                }
            }
        }
    }
}

/// Capitals, digits and a little punctuation as dots, drawn for Oriel.
enum Glyphs {
    /// Five dots of a glyph's row, the leftmost in bit 4.
    static func row(_ row: Int, of character: UInt8) -> UInt8 {
        UInt8(truncatingIfNeeded: dots[Int(character & 0x7F)] >> UInt64((6 - row) * 5)) & 0x1F
    }

    /// A six-digit line number, then a sentence that repeats along the line.
    static func character(line: Int, column: Int) -> UInt8 {
        if column < 6 { return 0x30 + UInt8(line / powers[5 - column] % 10) }
        let sentence = sentences[line % sentences.count]
        return sentence[(column - 6) % sentence.count]
    }

    private static let powers = [1, 10, 100, 1000, 10_000, 100_000]

    private static let sentences: [[UInt8]] = [
        "  A WINDOW BUILT ONTO A HOUSE LETS YOU LOOK UP AND DOWN THE STREET.",
        "  SIX QUICK FOXES JUMP OVER THE LAZY BROWN DOG: 0123456789.",
        "  NOTHING ON THIS WAY READS OR WRITES A PIXEL.",
        "  - - - - - - - - - -",
    ].map { Array($0.utf8) }

    private static let dots: [UInt64] = {
        var dots = [UInt64](repeating: 0, count: 128)
        for (character, pattern) in drawings { dots[Int(character.value)] = pattern }
        return dots
    }()

    /// Seven rows of five dots, the top row first.
    private static let drawings: [(Unicode.Scalar, UInt64)] = [
        ("A", 0b00100_01010_10001_10001_11111_10001_10001), ("B", 0b11110_10001_10001_11110_10001_10001_11110),
        ("C", 0b01111_10000_10000_10000_10000_10000_01111), ("D", 0b11110_10001_10001_10001_10001_10001_11110),
        ("E", 0b11111_10000_10000_11100_10000_10000_11111), ("F", 0b11111_10000_10000_11100_10000_10000_10000),
        ("G", 0b01111_10000_10000_10011_10001_10001_01111), ("H", 0b10001_10001_10001_11111_10001_10001_10001),
        ("I", 0b01110_00100_00100_00100_00100_00100_01110), ("J", 0b00111_00001_00001_00001_00001_10001_01110),
        ("K", 0b10001_10010_10100_11000_10100_10010_10001), ("L", 0b10000_10000_10000_10000_10000_10000_11111),
        ("M", 0b10001_11011_10101_10101_10001_10001_10001), ("N", 0b10001_11001_11001_10101_10011_10011_10001),
        ("O", 0b01110_10001_10001_10001_10001_10001_01110), ("P", 0b11110_10001_10001_11110_10000_10000_10000),
        ("Q", 0b01110_10001_10001_10001_10101_10010_01101), ("R", 0b11110_10001_10001_11110_10100_10010_10001),
        ("S", 0b01111_10000_10000_01110_00001_00001_11110), ("T", 0b11111_00100_00100_00100_00100_00100_00100),
        ("U", 0b10001_10001_10001_10001_10001_10001_01110), ("V", 0b10001_10001_10001_10001_01010_01010_00100),
        ("W", 0b10001_10001_10001_10101_10101_11011_10001), ("X", 0b10001_01010_01010_00100_01010_01010_10001),
        ("Y", 0b10001_10001_01010_00100_00100_00100_00100), ("Z", 0b11111_00001_00010_00100_01000_10000_11111),
        ("0", 0b01110_10001_10001_10101_10001_10001_01110), ("1", 0b00100_01100_10100_00100_00100_00100_11111),
        ("2", 0b11110_00001_00001_01110_10000_10000_11111), ("3", 0b11110_00001_00001_01110_00001_00001_11110),
        ("4", 0b10000_10010_10010_11111_00010_00010_00010), ("5", 0b11111_10000_10000_11110_00001_00001_11110),
        ("6", 0b01110_10000_10000_11110_10001_10001_01110), ("7", 0b11111_00001_00010_00010_00100_00100_00100),
        ("8", 0b01110_10001_10001_01110_10001_10001_01110), ("9", 0b01110_10001_10001_01111_00001_00001_01110),
        (".", 0b00000_00000_00000_00000_00000_01100_01100), (":", 0b00000_01100_01100_00000_01100_01100_00000),
        ("-", 0b00000_00000_00000_11111_00000_00000_00000),
    ]
}
