// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import EventLoop
import PlaneImage
import Planes
import Testing

@testable import SyntheticGuest

@Suite("The guest's cursor")
struct GuestCursorTests {
    private let loop: EventLoop

    init() throws { loop = try EventLoop() }

    private func guest(_ query: String) throws -> SyntheticGuest {
        try SyntheticGuest(options: GuestOptions(query: "size=640x400&rate=0&memory=memfd&" + query), loop: loop)
    }

    private func cursor(of guest: SyntheticGuest) throws -> PlaneInfo? {
        guard case .showing(let info) = try guest.query(.cursor) else { return nil }
        return info
    }

    @Test("moves without a new generation or other memory")
    func moves() throws {
        let guest = try guest("")
        let before = try #require(try cursor(of: guest))
        for _ in 0..<30 { try guest.step() }
        let after = try #require(try cursor(of: guest))
        #expect(after.generation == before.generation)
        #expect(after.identity == before.identity)
        #expect(after.position != before.position)
    }

    @Test("alone moves over a picture that stays as it is")
    func alone() throws {
        let guest = try guest("cursor=only")
        let before = try #require(try cursor(of: guest))
        guard case .showing(let picture) = try guest.query(.primary) else { throw PlaneError.off }
        try guest.step()
        guard case .showing(let same) = try guest.query(.primary) else { throw PlaneError.off }
        #expect(same.generation == picture.generation && same.changedAt == picture.changedAt)
        #expect(try cursor(of: guest)?.position != before.position)
    }

    @Test("stands still where it is told to, and is off where there is none")
    func still() throws {
        let guest = try guest("cursor=still")
        try guest.step()
        #expect(try cursor(of: guest)?.position == PixelPoint(x: 320, y: 200))
        #expect(try cursor(of: self.guest("cursor=none")) == nil)
    }

    @Test("is an arrow with soft edges, premultiplied, its tip at the hot spot")
    func picture() throws {
        let guest = try guest("")
        let info = try #require(try cursor(of: guest))
        let picture = try RGBAImage(copying: guest.buffer(for: .cursor, generation: info.generation))
        #expect(info.identity.layout.format == .argb8888)
        #expect(picture.size == PixelSize(width: 64, height: 64))
        var alphas: Set<UInt8> = []
        for y in 0..<64 {
            for x in 0..<64 {
                let pixel = picture.pixel(x: x, y: y)!
                alphas.insert(pixel.w)
                #expect(pixel.x <= pixel.w && pixel.y <= pixel.w && pixel.z <= pixel.w)
            }
        }
        #expect(alphas.contains(0) && alphas.contains(255) && alphas.count > 4)
        #expect(info.hotSpot == PixelPoint(x: 2, y: 2))
        #expect(picture.pixel(x: 1, y: 1)!.w == 0)
        #expect(picture.pixel(x: 4, y: 8)!.w == 255)
    }

    @Test(
        "is always partly on the screen and never over the frame counter",
        arguments: [(144, 48), (192, 64), (640, 400), (1920, 1080)] as [(UInt32, UInt32)])
    func path(width: UInt32, height: UInt32) {
        let size = PixelSize(width: width, height: height)
        for cursor in [GuestOptions.Cursor.moving, .still] {
            for tick in 0..<5000 as Range<UInt64> {
                let place = CursorPath.position(cursor, tick: tick, rate: 60, size: size)
                let area = PixelRectangle(x: place.x, y: place.y, width: 64, height: 64)
                #expect(!area.clipped(to: size).isEmpty)
                let counter = FrameCounter.area
                let isApart = area.x >= counter.x + counter.width || area.y >= counter.y + counter.height
                guard isApart else { return #expect(isApart, "tick \(tick), \(place)") }
            }
        }
    }

    @Test("hangs over every edge at some time")
    func edges() {
        let size = PixelSize(width: 640, height: 400)
        let places = (0..<5000 as Range<UInt64>).map { CursorPath.position(.moving, tick: $0, rate: 60, size: size) }
        #expect(places.contains { $0.x < 0 })
        #expect(places.contains { $0.y < 0 })
        #expect(places.contains { $0.x > 640 - 64 })
        #expect(places.contains { $0.y > 400 - 64 })
    }

    @Test("stays on the screen when the mode changes")
    func modes() throws {
        let guest = try guest("cursor=still")
        try guest.switchMode()
        #expect(try cursor(of: guest)?.position == PixelPoint(x: 240, y: 150))
    }
}
