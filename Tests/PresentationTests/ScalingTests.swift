// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
@testable import Presentation
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
