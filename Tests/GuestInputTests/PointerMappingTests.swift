// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import System
import Testing

@testable import GuestInput

@Suite("From the window to the guest's pixel")
struct PointerMappingTests {
    @Test("a place beside the picture is the nearest pixel of its edge")
    func beside() {
        let guest = PixelSize(width: 640, height: 480)
        let mapping = PointerMapping(
            x: 100, y: 50, width: 320, height: 240, source: PixelRectangle(x: 0, y: 0, width: 640, height: 480), guest: guest)
        #expect(mapping.pixel(atX: 0, y: 0) == .zero)
        #expect(mapping.pixel(atX: 260, y: 170) == PixelPoint(x: 320, y: 240))
        #expect(mapping.pixel(atX: 1e9, y: 1e9) == PixelPoint(x: 639, y: 479))
    }
}
