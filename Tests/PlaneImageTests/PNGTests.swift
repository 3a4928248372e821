// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import PlaneImage
import Planes
import TestSupport
import Testing

@Suite("A PNG file")
struct PNGTests {
    private let folder: TemporaryDirectory
    private let picture: RGBAImage

    init() throws {
        folder = try TemporaryDirectory()
        picture = RGBAImage(
            size: PixelSize(width: 5, height: 3), bytes: (0..<60).map { $0 % 4 == 3 ? 255 : UInt8($0 * 4) })
    }

    @Test("reads back as it was written, also over an older file")
    func roundTrip() throws {
        let path = folder.file("a.png")
        try PNG.write(picture, to: path)
        try PNG.write(picture, to: path)
        #expect(try PNG.read(path) == picture)
        #expect(try folder.names == ["a.png"])
    }

    @Test("has no alpha, whatever the plane's alpha was")
    func opaque() throws {
        let path = folder.file("a.png")
        try PNG.write(RGBAImage(size: PixelSize(width: 1, height: 1), bytes: [10, 20, 30, 40]), to: path)
        #expect(try PNG.read(path).bytes == [10, 20, 30, 255])
    }

    /// Two pixels: 255, 128, 0, and half transparent 200, 100, 50.
    private static let translucent: [UInt8] = [
        0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00, 0x02,
        0x00,
        0x00, 0x00, 0x01, 0x08, 0x06, 0x00, 0x00, 0x00, 0xF4, 0x22, 0x7F, 0x8A, 0x00, 0x00, 0x00, 0x11, 0x49, 0x44, 0x41, 0x54,
        0x78,
        0x9C, 0x63, 0xF8, 0xDF, 0xC0, 0xF0, 0xFF, 0x44, 0x8A, 0x51, 0x03, 0x00, 0x15, 0xAC, 0x04, 0x5D, 0xD5, 0xFE, 0x2D, 0xFC,
        0x00,
        0x00, 0x00, 0x00, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
    ]

    @Test("with alpha is read with its colours multiplied by it")
    func translucent() throws {
        let path = folder.file("a.png")
        try Data(Self.translucent).write(to: URL(fileURLWithPath: path))
        #expect(try PNG.read(path).bytes == [255, 128, 0, 255, 100, 50, 25, 128])
    }

    @Test("that is larger than its reader takes is refused before it is read")
    func tooLarge() throws {
        let path = folder.file("a.png")
        try PNG.write(picture, to: path)
        #expect(try PNG.read(path, atMost: 15) == picture)
        #expect(throws: PlaneImageError.file(path: path, reason: "it is 5x3, which is too large")) {
            try PNG.read(path, atMost: 14)
        }
    }

    @Test("that can't be written leaves nothing behind, and the error names it")
    func unwritable() throws {
        let path = folder.file("none/a.png")
        #expect(throws: PlaneImageError.file(path: path, reason: "can't be written: No such file or directory")) {
            try PNG.write(picture, to: path)
        }
        #expect(try folder.names.isEmpty)
    }

    @Test("that would replace a folder leaves nothing behind")
    func folderInTheWay() throws {
        let inner = folder.file("folder")
        try PNG.write(picture, to: folder.file("a.png"))
        try folder.makeFolder("folder")
        #expect(throws: PlaneImageError.file(path: inner, reason: "can't be written: Is a directory")) {
            try PNG.write(picture, to: inner)
        }
        #expect(try folder.names == ["a.png", "folder"])
    }

    @Test("that doesn't exist or isn't a picture causes an error that names it")
    func unreadable() throws {
        for path in [folder.file("none.png"), "/dev/null"] {
            do {
                _ = try PNG.read(path)
                Issue.record("\(path) was read")
            } catch {
                #expect("\(error)".hasPrefix(path))
            }
        }
    }
}

extension TemporaryDirectory {
    fileprivate var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
    }

    fileprivate func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: file(name), withIntermediateDirectories: false)
    }
}
