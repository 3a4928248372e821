// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CLinux
import Glibc
import PlaneImage
import Planes
import System
import Testing

@Suite("A copy of a plane's picture")
struct RGBAImageTests {
    /// A plane over a memfd that contains these bytes.
    private func plane(
        _ bytes: [UInt8], fourcc: String, width: UInt32, height: UInt32, stride: UInt32, offset: UInt32 = 0, modifier: UInt64 = 0,
        length: UInt64? = nil
    ) throws -> PlaneBuffer {
        let code = fourcc.utf8.reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
        let claim = LayoutClaim(
            kind: .primary, width: width, height: height, fourcc: code, modifier: modifier, offset: offset, stride: stride)
        let layout = try claim.validated(length: length)
        let memory = OwnedDescriptor(adopting: oriel_memfd_create("test"))
        try #require(pwrite(memory.rawValue, bytes, bytes.count, 0) == bytes.count)
        let file = memory.fileIdentity() ?? (0, 0)
        return PlaneBuffer(
            identity: BufferIdentity(device: file.device, inode: file.inode, layout: layout), memory: .memfd, descriptor: memory)
    }

    struct Format: Sendable, CustomTestStringConvertible {
        let fourcc: String
        /// The pixel (255, 136, 0), with an alpha of 68 if the format has one, as closely as the format can represent it.
        let bytes: [UInt8]
        var pixel: SIMD4<UInt8> = [255, 136, 0, 255]
        var testDescription: String { fourcc }
    }

    static let formats: [Format] = [
        Format(fourcc: "XR24", bytes: [0, 136, 255, 9]),
        Format(fourcc: "AR24", bytes: [0, 136, 255, 68], pixel: [255, 136, 0, 68]),
        Format(fourcc: "XB24", bytes: [255, 136, 0, 9]),
        Format(fourcc: "AB24", bytes: [255, 136, 0, 68], pixel: [255, 136, 0, 68]),
        Format(fourcc: "RX24", bytes: [9, 0, 136, 255]),
        Format(fourcc: "RA24", bytes: [68, 0, 136, 255], pixel: [255, 136, 0, 68]),
        Format(fourcc: "BX24", bytes: [9, 255, 136, 0]),
        Format(fourcc: "BA24", bytes: [68, 255, 136, 0], pixel: [255, 136, 0, 68]),
        Format(fourcc: "RG24", bytes: [0, 136, 255]),
        Format(fourcc: "BG24", bytes: [255, 136, 0]),
        Format(fourcc: "RG16", bytes: [0x40, 0xFC], pixel: [255, 138, 0, 255]),
        Format(fourcc: "BG16", bytes: [0x5F, 0x04], pixel: [255, 138, 0, 255]),
        Format(fourcc: "XR15", bytes: [0x20, 0x7E], pixel: [255, 140, 0, 255]),
        Format(fourcc: "XR12", bytes: [0x80, 0x0F]),
        Format(fourcc: "XR30", bytes: [0x00, 0x88, 0xF8, 0x3F], pixel: [255, 136, 0, 255]),
        Format(fourcc: "AR30", bytes: [0x00, 0x88, 0xF8, 0x7F], pixel: [255, 136, 0, 85]),
        Format(fourcc: "XB30", bytes: [0xFF, 0x8B, 0x08, 0x00], pixel: [255, 136, 0, 255]),
    ]

    @Test("stays as it was when the plane's memory changes before it is made an image of")
    func rowsAreCopied() throws {
        let buffer = try plane([1, 2, 3, 0, 9, 9, 9, 9, 4, 5, 6, 0, 9, 9, 9, 9], fourcc: "XR24", width: 1, height: 2, stride: 8)
        let copy = try PictureCopy(of: buffer, isFlipped: true)
        let zeros = [UInt8](repeating: 0, count: 16)
        try #require(pwrite(buffer.descriptor(plane: 0), zeros, zeros.count, 0) == zeros.count)
        #expect(copy.image.bytes == [6, 5, 4, 255, 3, 2, 1, 255])
    }

    @Test("has the colours of its format", arguments: formats)
    func colours(format: Format) throws {
        let stride = UInt32(format.bytes.count)
        let buffer = try plane(format.bytes, fourcc: format.fourcc, width: 1, height: 1, stride: stride)
        #expect(try RGBAImage(copying: buffer).pixel(x: 0, y: 0) == format.pixel)
        let opaque = SIMD4(format.pixel.x, format.pixel.y, format.pixel.z, 255)
        #expect(try RGBAImage(copying: buffer, isOpaque: true).pixel(x: 0, y: 0) == opaque)
    }

    /// Two rows of two pixels at an offset of 8, each row followed by 4 bytes of padding.
    private let memory: [UInt8] = [
        99, 99, 99, 99, 99, 99, 99, 99,
        1, 2, 3, 0, 4, 5, 6, 0, 99, 99, 99, 99,
        7, 8, 9, 0, 10, 11, 12, 0, 99, 99, 99, 99,
    ]

    @Test("honours offset and stride, and is turned over if the plane is flipped")
    func geometry() throws {
        let buffer = try plane(memory, fourcc: "XB24", width: 2, height: 2, stride: 12, offset: 8)
        #expect(try RGBAImage(copying: buffer).bytes == [1, 2, 3, 255, 4, 5, 6, 255, 7, 8, 9, 255, 10, 11, 12, 255])
        #expect(
            try RGBAImage(copying: buffer, isFlipped: true).bytes == [7, 8, 9, 255, 10, 11, 12, 255, 1, 2, 3, 255, 4, 5, 6, 255])
    }

    @Test("can't be made from YUV, half floats, tiled or missing memory, and the error says so in one line")
    func refused() throws {
        let yuv = try plane([0, 0, 0, 0], fourcc: "YUYV", width: 1, height: 1, stride: 4)
        expectRefusal(yuv, naming: "YUYV")
        let half = try plane([UInt8](repeating: 0, count: 8), fourcc: "XR4H", width: 1, height: 1, stride: 8)
        expectRefusal(half, naming: "XR4H")
        let tiled = try plane(memory, fourcc: "XR24", width: 1, height: 1, stride: 4, modifier: 0x0100_0000_0000_0001)
        expectRefusal(tiled, naming: "INTEL")
        let implicit = try plane(memory, fourcc: "XR24", width: 1, height: 1, stride: 4, modifier: Modifier.implicit.rawValue)
        expectRefusal(implicit, naming: "INVALID")
        let short = try plane(memory, fourcc: "XR24", width: 2, height: 100, stride: 8)
        expectRefusal(short, naming: "800")
    }

    private func expectRefusal(_ buffer: borrowing PlaneBuffer, naming word: String) {
        do {
            _ = try RGBAImage(copying: buffer)
            Issue.record("\(word) was copied")
        } catch {
            #expect("\(error)".contains(word))
            #expect(!"\(error)".contains("\n"))
        }
    }

    @Test("takes a cursor on top, cut off at the edges, with premultiplied alpha")
    func cursor() {
        let grey = RGBAImage(size: PixelSize(width: 3, height: 2), bytes: [UInt8](repeating: 100, count: 24))
        let cursor = RGBAImage(
            size: PixelSize(width: 2, height: 2),
            bytes: [
                255, 0, 0, 255, 0, 0, 0, 0,
                64, 64, 64, 128, 0, 0, 0, 255,
            ])
        struct Place { let x: Int32, y: Int32, red: [UInt8] }
        for place in [
            Place(x: 0, y: 0, red: [255, 100, 100, 114, 0, 100]), Place(x: 1, y: 0, red: [100, 255, 100, 100, 114, 0]),
            Place(x: -1, y: -1, red: [0, 100, 100, 100, 100, 100]), Place(x: 2, y: 1, red: [100, 100, 100, 100, 100, 255]),
            Place(x: 3, y: 0, red: [100, 100, 100, 100, 100, 100]), Place(x: .min, y: .max, red: [100, 100, 100, 100, 100, 100]),
        ] {
            var picture = grey
            picture.draw(cursor, at: PixelPoint(x: place.x, y: place.y))
            #expect(stride(from: 0, to: 24, by: 4).map { picture.bytes[$0] } == place.red, "\(place.x),\(place.y)")
        }
    }
}
