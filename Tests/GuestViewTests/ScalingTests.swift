// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
@testable import GuestView
@testable import Surfaces
import Testing

@Suite("Scaling")
struct ScalingTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        var guest = (1280, 720)
        let window: (Int32, Int32)?
        let mode: ScaleMode
        var scale: UInt32 = 120
        let size: (Int32, Int32)
        let offset: (Int32, Int32)
        var crop: (Int32, Int32, Int32, Int32)?
        var testDescription: String { name }
    }

    static let rows: [Row] = [
        Row(name: "no size given: one to one", window: nil, mode: .fit, size: (1280, 720), offset: (0, 0)),
        Row(name: "no size given at scale 2", window: nil, mode: .fit, scale: 240, size: (640, 360), offset: (0, 0)),
        Row(name: "fit, the same shape", window: (640, 360), mode: .fit, size: (640, 360), offset: (0, 0)),
        Row(name: "fit, bars above and below", window: (1280, 1024), mode: .fit, size: (1280, 720), offset: (0, 152)),
        Row(name: "fit, bars at the sides", window: (1600, 720), mode: .fit, size: (1280, 720), offset: (160, 0)),
        Row(
            name: "fit snaps a rounding of two", guest: (1366, 768), window: (1920, 1080), mode: .fit, size: (1920, 1080),
            offset: (0, 0)),
        Row(
            name: "integer doubles", guest: (640, 480), window: (1500, 1000), mode: .integer, size: (1280, 960), offset: (110, 20)
        ),
        Row(
            name: "integer too small fits", guest: (640, 480), window: (320, 480), mode: .integer, size: (320, 240),
            offset: (0, 120)),
        Row(name: "native centres", guest: (640, 480), window: (800, 600), mode: .native, size: (640, 480), offset: (80, 60)),
        Row(
            name: "native cuts alike at all sides", window: (640, 360), mode: .native, size: (640, 360), offset: (0, 0),
            crop: (320, 180, 640, 360)),
        Row(
            name: "native at scale 1.5 counts device pixels", guest: (1500, 900), window: (1000, 600), mode: .native,
            scale: 180, size: (1000, 600), offset: (0, 0)),
        Row(
            name: "native cuts off the pixel that is no whole number of logical units", guest: (502, 300), window: (600, 400),
            mode: .native, scale: 150, size: (401, 240), offset: (96, 80), crop: (0, 0, 501, 300)),
        Row(
            name: "bars end on a device pixel", guest: (1000, 500), window: (1001, 503), mode: .native, scale: 150,
            size: (800, 400), offset: (100, 48)),
        Row(name: "stretch", window: (333, 777), mode: .stretch, size: (333, 777), offset: (0, 0)),
    ]

    @Test("places the picture as the table says", arguments: rows)
    func placed(row: Row) {
        let placement = Placement(
            guest: PixelSize(width: UInt32(row.guest.0), height: UInt32(row.guest.1)),
            window: row.window.map { LogicalSize(width: $0.0, height: $0.1) }, mode: row.mode,
            scale: SurfaceScale(numerator: row.scale))
        #expect(placement.destination == LogicalSize(width: row.size.0, height: row.size.1))
        #expect(placement.offset == row.offset)
        let crop = row.crop.map { PixelRectangle(x: $0.0, y: $0.1, width: $0.2, height: $0.3) }
        #expect(placement.source == crop)
    }

    @Test("the picture never leaves the window and the crop never leaves the buffer, whatever the sizes")
    func inside() {
        let sizes: [Int32] = [1, 2, 3, 63, 640, 1079, 1920, 16384]
        for mode in ScaleMode.allCases {
            for scale: UInt32 in [120, 150, 180, 200, 240, 360] {
                for guestWidth in sizes {
                    for guestHeight in sizes {
                        for width in sizes {
                            for height in sizes {
                                let guest = PixelSize(width: UInt32(guestWidth), height: UInt32(guestHeight))
                                let placement = Placement(
                                    guest: guest, window: LogicalSize(width: width, height: height), mode: mode,
                                    scale: SurfaceScale(numerator: scale))
                                let fits =
                                    placement.destination.width > 0 && placement.destination.height > 0
                                    && placement.destination.width <= width && placement.destination.height <= height
                                let cropFits = placement.source.map { $0.clipped(to: guest) == $0 } ?? true
                                if !fits || !cropFits {
                                    Issue.record("\(mode) \(scale) \(guest) in \(width)x\(height): \(placement)")
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    @Test("a guest of the window's device size is shown pixel for pixel, in every mode, at every scale and size")
    func exact() {
        // 120ths of 1, 1.1, 1.25, 1 1/3, 1.5, 1.75, 2 and 3.
        for numerator: UInt32 in [120, 132, 150, 160, 180, 210, 240, 360] {
            let scale = SurfaceScale(numerator: numerator)
            for width in stride(from: Int32(1), to: 2600, by: 7) {
                let window = LogicalSize(width: width, height: width * 9 / 16 + 1)
                let device = PixelSize(
                    width: UInt32(scale.device(window.width)), height: UInt32(scale.device(window.height)))
                // The protocol's own words: rounded half away from zero.
                let exact = Double(width) * Double(numerator) / 120
                #expect(Int64(device.width) == Int64(exact.rounded(.toNearestOrAwayFromZero)))
                for mode in ScaleMode.allCases {
                    let placement = Placement(guest: device, window: window, mode: mode, scale: scale)
                    if placement.destination != window || placement.source != nil || placement.offset != (0, 0) {
                        Issue.record("\(mode) at \(numerator)/120 in \(window): \(placement)")
                    }
                }
                // A window left to us asks for no more than that.
                let natural = Placement(guest: device, window: nil, mode: .fit, scale: scale)
                #expect(natural.window == window)
            }
        }
    }

    @Test("in native mode one guest pixel is one device pixel whatever the sizes, and bars begin on one")
    func native() {
        for numerator: UInt32 in [120, 132, 150, 160, 180, 210, 240, 360] {
            let scale = SurfaceScale(numerator: numerator)
            for guest: UInt32 in [1, 63, 501, 502, 503, 640, 1079, 1366, 1920] {
                for window: Int32 in [1, 50, 401, 402, 533, 640, 1279, 2000] {
                    let placement = Placement(
                        guest: PixelSize(width: guest, height: guest), window: LogicalSize(width: window, height: window),
                        mode: .native, scale: scale)
                    let shown = placement.source?.width ?? Int32(guest)
                    let isOne = Int64(shown) == scale.device(placement.destination.width)
                    // A screen coarser than the logical unit can't show one pixel.
                    let isOnPixel = Int64(placement.offset.x) * Int64(numerator) % 120 == 0
                    if !(isOne || placement.destination.width == 1) || !isOnPixel {
                        Issue.record("\(guest) in \(window) at \(numerator)/120: \(placement)")
                    }
                    // No more is cut off than the window's edge and one pixel's worth of rounding demand.
                    if scale.device(window) > Int64(guest) { #expect(Int64(guest) - Int64(shown) <= Int64(numerator / 120)) }
                }
            }
        }
    }

    @Test("whatever a compositor says the scale is, nothing overflows")
    func hostileScale() {
        for numerator: UInt32 in [0, 1, 119, .max] {
            let scale = SurfaceScale(numerator: numerator)
            let guest = PixelSize(width: 16384, height: 1)
            for mode in ScaleMode.allCases {
                let placement = Placement(
                    guest: guest, window: LogicalSize(width: .max, height: 1), mode: mode, scale: scale)
                #expect(placement.destination.width >= 1 && placement.destination.height >= 1)
            }
        }
    }

    @Test("a cursor keeps its place on the picture at every scale")
    func cursor() throws {
        let guest = PixelSize(width: 1000, height: 500)
        let placement = Placement(
            guest: guest, window: LogicalSize(width: 2000, height: 1000), mode: .fit, scale: SurfaceScale())
        let size = PixelSize(width: 64, height: 32)
        let inside = try #require(placement.overlay(size, at: PixelPoint(x: 10, y: 20), guest: guest, isCut: true))
        #expect(inside.source == nil)
        #expect(inside.position == (20, 40))
        #expect(inside.size == LogicalSize(width: 128, height: 64))
    }

    @Test("a cursor is cut off at the picture's edges, and gone outside of them")
    func cutOff() throws {
        let guest = PixelSize(width: 1000, height: 500), size = PixelSize(width: 64, height: 32)
        let placement = Placement(
            guest: guest, window: LogicalSize(width: 2000, height: 1000), mode: .fit, scale: SurfaceScale())
        let corner = try #require(placement.overlay(size, at: PixelPoint(x: -10, y: -2), guest: guest, isCut: true))
        #expect(corner.source == PixelRectangle(x: 10, y: 2, width: 54, height: 30))
        #expect(corner.position == (0, 0))
        #expect(corner.size == LogicalSize(width: 108, height: 60))
        let edge = try #require(placement.overlay(size, at: PixelPoint(x: 990, y: 490), guest: guest, isCut: true))
        #expect(edge.source == PixelRectangle(x: 0, y: 0, width: 10, height: 10))
        #expect(edge.position == (1980, 980))
        for outside in [
            PixelPoint(x: -64, y: 0), PixelPoint(x: 1000, y: 0), PixelPoint(x: .max, y: .min), PixelPoint(x: .min, y: .max),
        ] {
            #expect(placement.overlay(size, at: outside, guest: guest, isCut: true) == nil)
        }
        let cropped = Placement(
            guest: guest, window: LogicalSize(width: 500, height: 250), mode: .native, scale: SurfaceScale())
        #expect(cropped.overlay(size, at: PixelPoint(x: 10, y: 10), guest: guest, isCut: true) == nil)
        let shown = try #require(cropped.overlay(size, at: PixelPoint(x: 250, y: 125), guest: guest, isCut: true))
        #expect(shown.position == (0, 0))
    }
}
