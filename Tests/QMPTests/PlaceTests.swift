// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import Testing

@testable import QMP

@Suite("Places in a monitor's units")
struct PlaceTests {
    @Test(
        "a guest that divides the range into its pixels finds the pixel that was meant",
        arguments: [1, 2, 640, 1023, 1024, 1366, 1920, 3840, 7680, 16384] as [UInt32])
    func places(_ width: UInt32) {
        let size = PixelSize(width: width, height: 1)
        for x in 0..<Int32(width) {
            guard case .place(let place, 16384) = InputEvent.place(PixelPoint(x: x, y: 0), on: size) else {
                Issue.record("no place")
                return
            }
            #expect(Int(place) * Int(width) / 0x8000 == Int(x))
            #expect(place <= InputEvent.farthest)
        }
        #expect(InputEvent.place(PixelPoint(x: .min, y: .max), on: size) == .place(x: 0, y: InputEvent.farthest))
        #expect(InputEvent.place(.zero, on: PixelSize(width: 0, height: 0)) == .place(x: 16384, y: 16384))
    }
}
