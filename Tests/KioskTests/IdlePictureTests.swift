// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

@testable import Kiosk
import PlaneImage
import Planes
import TestSupport
import Testing

@Suite("A screen without a source")
struct IdlePictureTests {
    /// The part of a picture that has ink.
    private func ink(_ picture: IdlePicture) -> (x: ClosedRange<Int>, y: ClosedRange<Int>)? {
        let width = Int(picture.size.width)
        let places = picture.pixels.indices.filter { picture.pixels[$0] != 0xFF00_0000 }
        let columns = places.map { $0 % width }, rows = places.map { $0 / width }
        guard let left = columns.min(), let right = columns.max(), let top = rows.min(), let bottom = rows.max() else {
            return nil
        }
        return (left...right, top...bottom)
    }

    @Test(
        "writes a text in the middle, in lines that fit", arguments: ["Please wait", String(repeating: "some words ", count: 40)])
    func text(_ text: String) throws {
        let picture = IdlePicture(text: text, size: PixelSize(width: 1280, height: 720))
        let area = try #require(ink(picture))
        #expect(area.x.lowerBound >= 128 && area.x.upperBound < 1152)
        // A letter has room to its side, and a line below it.
        #expect(abs(area.x.lowerBound + area.x.upperBound - 1279) <= 40 && abs(area.y.lowerBound + area.y.upperBound - 719) <= 40)
        #expect(area.y.count > (text.count > 100 ? 100 : 15))
    }

    @Test(
        "bears every size of a screen, and is black without a text",
        arguments: [(1, 1), (16, 4000), (4000, 16), (240, 240)] as [(UInt32, UInt32)])
    func sizes(width: UInt32, height: UInt32) {
        let picture = IdlePicture(text: "Please wait", size: PixelSize(width: width, height: height))
        #expect(picture.pixels.count == Int(width * height))
        #expect(ink(IdlePicture.black) == nil)
    }

    @Test("shows a PNG file; one that isn't there is an error that names it")
    func file() throws {
        let folder = try TemporaryDirectory(), path = folder.file("idle.png")
        try PNG.write(RGBAImage(size: PixelSize(width: 2, height: 1), bytes: [1, 2, 3, 255, 4, 5, 6, 255]), to: path)
        let picture = try IdlePicture(file: path)
        #expect(picture.size == PixelSize(width: 2, height: 1) && picture.pixels == [0xFF01_0203, 0xFF04_0506])
        #expect(throws: PlaneImageError.self) { try IdlePicture(file: folder.file("none.png")) }
    }

    @Test("is a source like any guest's, with one picture and no cursor, until it is closed")
    func source() throws {
        let source = try StillSource("idle", size: PixelSize(width: 2, height: 1), pixels: [0xFF01_0203, 0xFF04_0506])
        guard case .showing(let info) = try source.query(.primary), case .off = try source.query(.cursor) else {
            Issue.record("it shows nothing, or a cursor")
            return
        }
        #expect(info.identity.layout.size == PixelSize(width: 2, height: 1))
        let buffer = try source.buffer(for: .primary, generation: info.generation)
        #expect(try RGBAImage(copying: buffer).bytes == [1, 2, 3, 255, 4, 5, 6, 255])
        #expect(throws: PlaneError.self) {
            _ = try source.buffer(for: .primary, generation: info.generation.next)
        }
        #expect(throws: PlaneError.self) { _ = try source.buffer(for: .cursor, generation: info.generation) }
        source.close()
        #expect(throws: PlaneError.self) { try source.query(.primary) }
        #expect(throws: PlaneError.self) { _ = try source.buffer(for: .primary, generation: info.generation) }
    }
}
