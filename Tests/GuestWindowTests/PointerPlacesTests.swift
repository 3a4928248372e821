// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import GuestInput
import Planes
import System
import Testing
import Wayland

@testable import GuestView
@testable import GuestWindow
@testable import Surfaces

@Suite("The click lands on the pixel under the pointer")
struct PointerPlacesTests {
    private static let guests = [(640, 480), (1366, 768), (1920, 1080), (333, 777), (1, 1), (4096, 2160)]
    private static let windows: [(Int32, Int32)?] = [
        nil, (640, 480), (1280, 720), (1367, 769), (777, 333), (63, 2000), (2560, 1440),
    ]
    private static let scales: [UInt32] = [120, 150, 180, 210, 240]

    /// Every guest size in every window, scale and mode, with its bars and without.
    private static func forEachMapping(_ mode: ScaleMode, _ body: (PointerMapping, Placement) -> Void) {
        for (width, height) in guests {
            let guest = PixelSize(width: UInt32(width), height: UInt32(height))
            for window in windows {
                for scale in scales {
                    let placement = Placement(
                        guest: guest, window: window.map { LogicalSize(width: $0.0, height: $0.1) }, mode: mode,
                        scale: SurfaceScale(numerator: scale))
                    for isFramed in [true, false] { body(PointerMapping(placement, of: guest, isFramed: isFramed), placement) }
                }
            }
        }
    }

    @Test("the middle of where a pixel is shown is that pixel", arguments: ScaleMode.allCases)
    func middles(mode: ScaleMode) {
        Self.forEachMapping(mode) { mapping, placement in
            let source = mapping.source
            for x in source.x..<source.x + source.width {
                let middle = mapping.x + (Double(x - source.x) + 0.5) * mapping.width / Double(source.width)
                // What the wire can say of it.
                let pixel = mapping.pixel(atX: Fixed(middle).double, y: mapping.y)
                if pixel.x != x { Issue.record("\(mode) \(placement): \(middle) is \(pixel.x), and not \(x)") }
            }
            for y in source.y..<source.y + source.height {
                let middle = mapping.y + (Double(y - source.y) + 0.5) * mapping.height / Double(source.height)
                let pixel = mapping.pixel(atX: mapping.x, y: Fixed(middle).double)
                if pixel.y != y { Issue.record("\(mode) \(placement): \(middle) is \(pixel.y), and not \(y)") }
            }
        }
    }

    @Test(
        "further to the right is never further to the left in the guest, nor outside of what is shown",
        arguments: ScaleMode.allCases)
    func monotone(mode: ScaleMode) {
        Self.forEachMapping(mode) { mapping, placement in
            let source = mapping.source
            var last = PixelPoint(x: source.x, y: source.y)
            for step in -40...max(placement.window.width, placement.window.height) * 4 + 40 {
                let pixel = mapping.pixel(atX: Double(step) / 4, y: Double(step) / 4)
                let isInside =
                    (source.x..<source.x + source.width).contains(pixel.x)
                    && (source.y..<source.y + source.height).contains(pixel.y)
                if !isInside || pixel.x < last.x || pixel.y < last.y {
                    Issue.record("\(mode) \(placement): \(last), then \(pixel)")
                }
                last = pixel
            }
            if last != PixelPoint(x: source.x + source.width - 1, y: source.y + source.height - 1) {
                Issue.record("\(mode) \(placement) ends with \(last)")
            }
        }
    }

    @Test("one to one, a pixel begins at its own edge, and its neighbour's ends there")
    func edges() {
        for width in 1...2000 {
            let guest = PixelSize(width: UInt32(width), height: 1)
            let mapping = PointerMapping(
                Placement(guest: guest, window: nil, mode: .fit, scale: SurfaceScale()), of: guest, isFramed: false)
            for x in 0..<width {
                let pixel = mapping.pixel(atX: Double(x), y: 0).x, before = mapping.pixel(atX: Double(x) - 1.0 / 256, y: 0).x
                if pixel != x || before != max(x - 1, 0) { Issue.record("\(x) of \(width) is \(pixel), and before it \(before)") }
            }
        }
    }
}
