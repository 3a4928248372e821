// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import Lettering

/// Numbered lines of text that scroll up, in glyphs of 5x7 dots of 2x2 pixels.
struct TextArtist {
    private static let dot = 2
    /// In dots, the gap to the next glyph and line included.
    private static let advance = Glyphs.columns + 1
    private static let lineHeight = Glyphs.rows
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
            for y in canvas.rows {
                let place = y + offset
                let target = canvas.row(y)
                // The second pixel row of a dot is the first one's twin.
                if y > canvas.rows.lowerBound, place % Self.dot != 0 {
                    memcpy(target, canvas.row(y - 1), canvas.width * 4)
                    continue
                }
                let line = place / (Self.lineHeight * Self.dot)
                let dotRow = place / Self.dot % Self.lineHeight
                var x = 0, column = 0
                while x < canvas.width {
                    let mask = Int(Glyphs.row(dotRow, of: Self.character(line: line, column: column)))
                    memcpy(target + x, rows.baseAddress! + mask * glyphWidth, min(glyphWidth, canvas.width - x) * 4)
                    x += glyphWidth
                    column += 1
                }
            }
        }
    }

    /// A six-digit line number, then a sentence that repeats along the line.
    private static func character(line: Int, column: Int) -> UInt8 {
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
}
