// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Lettering
import Planes
import Testing
import Wayland

@testable import GuestView
@testable import GuestWindow
@testable import Surfaces

@Suite("Where the parts of our own decoration are")
struct DecorationLayoutTests {
    private static let buttons: [DecorationLayout.Button] = [.close, .maximise, .minimise, .fullscreen]

    private func layout(_ width: Int32 = 320, _ height: Int32 = 240, hasBorders: Bool = true) -> DecorationLayout {
        DecorationLayout(
            content: LogicalSize(width: width, height: height), hasBorders: hasBorders, buttons: Self.buttons)
    }

    @Test("the parts lie around the picture without a gap, and are what the window is larger by", arguments: [true, false])
    func around(hasBorders: Bool) {
        let layout = layout(hasBorders: hasBorders), extents = DecorationLayout.extents(hasBorders: hasBorders)
        let frames = DecorationLayout.Part.allCases.map(layout.frame(of:))
        for y in -extents.top..<240 + extents.bottom {
            for x in -extents.left..<320 + extents.right {
                let isPicture = (0..<320).contains(x) && (0..<240).contains(y)
                let count = frames.count { $0.contains(x: Double(x), y: Double(y)) }
                if count != (isPicture ? 0 : 1) { Issue.record("\(count) parts at \(x),\(y)") }
            }
        }
        let area = frames.reduce(0) { $0 + $1.width * $1.height }
        #expect(
            area == (320 + extents.left + extents.right) * (240 + extents.top + extents.bottom) - 320 * 240)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let part: DecorationLayout.Part
        let x: Double, y: Double
        let zone: DecorationLayout.Zone
        var testDescription: String { "\(part) \(x),\(y)" }
    }

    // The title bar is 328 wide: borders at both ends, and four buttons of 28 from 324 on to the left.
    static let rows: [Row] = [
        Row(part: .title, x: 100, y: 14, zone: .title), Row(part: .title, x: 4, y: 4, zone: .title),
        Row(part: .title, x: 211.9, y: 14, zone: .title), Row(part: .title, x: 212, y: 14, zone: .button(.fullscreen)),
        Row(part: .title, x: 240, y: 14, zone: .button(.minimise)),
        Row(part: .title, x: 295.9, y: 27.9, zone: .button(.maximise)),
        Row(part: .title, x: 296, y: 4, zone: .button(.close)), Row(part: .title, x: 323.9, y: 14, zone: .button(.close)),
        Row(part: .title, x: 324, y: 14, zone: .edge(.topRight)), Row(part: .title, x: 327, y: 20, zone: .edge(.right)),
        Row(part: .title, x: 100, y: 3.9, zone: .edge(.top)), Row(part: .title, x: 15, y: 0, zone: .edge(.topLeft)),
        Row(part: .title, x: 312, y: 0, zone: .edge(.topRight)), Row(part: .title, x: 0, y: 15, zone: .edge(.topLeft)),
        Row(part: .title, x: 0, y: 16, zone: .edge(.left)), Row(part: .left, x: 1, y: 0, zone: .edge(.left)),
        Row(part: .left, x: 1, y: 227.9, zone: .edge(.left)), Row(part: .left, x: 1, y: 228, zone: .edge(.bottomLeft)),
        Row(part: .right, x: 1, y: 0, zone: .edge(.right)), Row(part: .right, x: 1, y: 239, zone: .edge(.bottomRight)),
        Row(part: .bottom, x: 0, y: 1, zone: .edge(.bottomLeft)), Row(part: .bottom, x: 16, y: 1, zone: .edge(.bottom)),
        Row(part: .bottom, x: 311, y: 1, zone: .edge(.bottom)), Row(part: .bottom, x: 312, y: 1, zone: .edge(.bottomRight)),
    ]

    @Test("a place is for what the table says", arguments: rows)
    func zones(row: Row) { #expect(layout().zone(of: row.part, x: row.x, y: row.y) == row.zone) }

    @Test("a maximised window has no edges, and its close button is in the corner")
    func maximised() {
        let layout = layout(hasBorders: false)
        #expect(layout.zone(of: .title, x: 319, y: 0) == .button(.close))
        #expect(layout.zone(of: .title, x: 0, y: 0) == .title)
    }

    @Test("in a narrow window the close button goes last", arguments: [(28, 1), (55, 1), (56, 2), (112, 4)] as [(Int32, Int)])
    func narrow(width: Int32, count: Int) {
        #expect(layout(width).buttons == Array(Self.buttons.prefix(count)))
        #expect(layout(27).buttons == [])
    }

    @Test("the title bar is drawn in device pixels, and never larger than memory allows")
    func sheets() {
        for (numerator, width, size) in [
            (120, 320, PixelSize(width: 328, height: 28)), (150, 320, PixelSize(width: 410, height: 35)),
            (240, 320, PixelSize(width: 656, height: 56)), (12_000, 320, PixelSize(width: 328, height: 28)),
            (240, 10_000, PixelSize(width: 10_008, height: 28)), (120, 1_000_000, PixelSize(width: 16_384, height: 28)),
        ] as [(UInt32, Int32, PixelSize)] {
            let layout = layout(width)
            let artist = DecorationArtist(
                titleBar: layout, title: "debian", isActivated: true, isMaximised: false,
                scale: SurfaceScale(numerator: numerator))
            #expect(artist.draw().size == size)
        }
    }

    @Test("a drawing shows the title, the focus, and what a button does")
    func drawn() {
        let layout = layout()
        func draw(_ title: String, active: Bool = true, maximised: Bool = false) -> Sheet {
            DecorationArtist(
                titleBar: layout, title: title, isActivated: active, isMaximised: maximised, scale: SurfaceScale()
            ).draw()
        }
        let sheets = [draw("debian"), draw("arch"), draw("debian", active: false), draw("debian", maximised: true), draw("")]
        #expect(Set(sheets.map(\.pixels)).count == sheets.count)
        // However long the title, it ends before the buttons.
        let long = draw(String(repeating: "W", count: 1000)), none = draw("")
        for y in 0..<28 { #expect(long.pixels[y * 328 + 205..<(y + 1) * 328] == none.pixels[y * 328 + 205..<(y + 1) * 328]) }
    }
}
