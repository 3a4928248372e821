// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import TestSupport
import Testing

@testable import SyntheticGuest

@Suite("The frame counter")
struct FrameCounterTests {
    /// A grey picture with the counter drawn cell by cell, enlarged and moved.
    private func picture(_ generation: Generation, scale: Double = 1, origin: (x: Int, y: Int) = (0, 0)) -> (Int, Int) -> UInt8? {
        let cells = FrameCounter.cells(of: generation), area = FrameCounter.area
        return { x, y in
            guard x >= 0, y >= 0 else { return nil }
            let column = Int((Double(x - origin.x) / scale - Double(area.x)) / 8)
            let row = Int((Double(y - origin.y) / scale - Double(area.y)) / 8)
            guard (0..<16).contains(column), (0..<3).contains(row) else { return 100 }
            return cells >> UInt64(47 - row * 16 - column) & 1 == 1 ? 255 : 0
        }
    }

    @Test("tells any generation", arguments: [0, 1, 2, 255, 256, 0x8000_0000, 0xFFFF_FFFF, 0x1234_5678] as [UInt64])
    func roundTrip(value: UInt64) {
        #expect(FrameCounter.read(brightness: picture(Generation(value))) == UInt32(value))
    }

    @Test("shows the low 32 bits of a long run")
    func wraps() {
        #expect(FrameCounter.read(brightness: picture(Generation(0x1_0000_0007))) == 7)
    }

    @Test("is read from a scaled and moved picture", arguments: [0.5, 0.75, 1, 1.25, 1.5, 2, 3.3])
    func scaled(scale: Double) {
        let shown = picture(Generation(4711), scale: scale, origin: (31, 17))
        #expect(FrameCounter.read(scale: scale, origin: (31, 17), brightness: shown) == 4711)
    }

    @Test("is not found where there is none", arguments: [0, 100, 255] as [UInt8])
    func flat(value: UInt8) {
        #expect(FrameCounter.read { _, _ in value } == nil)
        #expect(FrameCounter.read { _, _ in nil } == nil)
    }

    @Test("torn between two generations is nil, not a third one")
    func torn() {
        let above = picture(Generation(0x0001_FFFF)), below = picture(Generation(0x0002_0000))
        #expect(FrameCounter.read { x, y in y < 24 ? above(x, y) : below(x, y) } == nil)
    }

    @Test("with any single cell wrong is nil")
    func oneCellWrong() {
        let whole = picture(Generation(0xABCD))
        for wrong in 0..<48 {
            let result = FrameCounter.read { x, y in
                let isHere = (x - 8) / 8 == wrong % 16 && (y - 8) / 8 == wrong / 16
                return whole(x, y).map { isHere ? 255 - $0 : $0 }
            }
            #expect(result == nil, "cell \(wrong)")
        }
    }
}
