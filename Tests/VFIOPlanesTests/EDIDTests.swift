// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import Planes
import TestSupport
import Testing

@testable import VFIOPlanes

@Suite("EDID")
struct EDIDTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let width: UInt32
        let height: UInt32
        var refresh: UInt32 = 60_000
        var millimetres: PixelSize?
        var testDescription: String { "\(width)x\(height)@\(refresh)" }
        var mode: DisplayMode {
            DisplayMode(size: PixelSize(width: width, height: height), millimetres: millimetres, refreshMillihertz: refresh)
        }
    }

    static let fitting = [
        Row(width: 64, height: 64), Row(width: 320, height: 200), Row(width: 640, height: 480), Row(width: 720, height: 400),
        Row(width: 800, height: 600), Row(width: 1024, height: 768, millimetres: PixelSize(width: 271, height: 203)),
        Row(width: 1280, height: 720), Row(width: 1366, height: 768), Row(width: 1367, height: 769),
        Row(width: 1920, height: 1080), Row(width: 1921, height: 1081), Row(width: 1920, height: 1200, refresh: 59_950),
        Row(width: 2560, height: 1440), Row(width: 2560, height: 1440, refresh: 144_000),
        Row(width: 3840, height: 2160, millimetres: PixelSize(width: 697, height: 392)),
        Row(width: 3840, height: 2160, refresh: 30_000),
        Row(width: 200, height: 4095), Row(width: 4095, height: 200), Row(width: 1080, height: 1920),
        Row(width: 1920, height: 1080, refresh: 240_000), Row(width: 1280, height: 720, refresh: 500_000),
        Row(width: 1920, height: 1080, refresh: 24_000),
        Row(width: 1920, height: 1080, millimetres: PixelSize(width: 4000, height: 2250)),
        Row(width: 1920, height: 1080, millimetres: PixelSize(width: 0, height: 0)),
        Row(width: 1920, height: 1080, millimetres: PixelSize(width: 1, height: 1)),
    ]

    /// What 128 bytes can't say.
    static let beyond = [
        Row(width: 4096, height: 2160), Row(width: 5120, height: 2880), Row(width: 8192, height: 4320),
        Row(width: 5119, height: 2881),
        Row(width: 16384, height: 16384), Row(width: 100, height: 8000), Row(width: 3840, height: 2160, refresh: 144_000),
        Row(width: 8192, height: 4320, refresh: 144_000),
    ]

    /// Outside of what any guest does.
    static let absurd = [
        Row(width: 1, height: 1), Row(width: 0, height: 0), Row(width: .max, height: .max), Row(width: .max, height: 1),
        Row(width: 1920, height: 1080, refresh: 0), Row(width: 1920, height: 1080, refresh: .max),
    ]

    @Test(
        "any mode is an EDID that edid-decode has nothing to say against, with and without an extension",
        arguments: fitting + beyond + absurd)
    func conforms(row: Row) throws {
        let directory = try TemporaryDirectory()
        for room in [128, 256] {
            let edid = EDID(row.mode, room: room)
            let file = directory.file("edid-\(room)")
            try Data(edid.bytes).write(to: URL(filePath: file))
            let decoder = try ChildProcess(["edid-decode", "--check", file], log: file + ".log")
            #expect(decoder.waitForEnd() == 0, "\(decoder.output)")
            #expect(decoder.output.contains("EDID conformity: PASS"), "\(decoder.output)")
            // It doubts monitors below 10 cm, which a guest's may well be, and looks a DisplayID 1 vendor up as a DisplayID 2 one.
            let warnings = decoder.output.split(separator: "\n").drop { $0 != "Warnings:" }
            #expect(
                warnings.filter { $0.hasPrefix("  ") }.allSatisfy {
                    $0.contains("Dubious maximum image size") || $0.contains("Unknown OUI 4F-52-4C (possible PNP ORL)")
                },
                "\(decoder.output)")
        }
    }

    @Test("a mode that fits is said exactly, in one block", arguments: fitting)
    func exact(row: Row) throws {
        let edid = EDID(row.mode, room: 256)
        #expect(edid.bytes.count == 128)
        #expect(edid.mode.size == row.mode.size && edid.mode.refreshMillihertz == row.refresh)
        let parsed = ParsedEDID(edid.bytes)
        #expect(parsed.sums == [0])
        #expect(parsed.detailed.size == row.mode.size)
        #expect(parsed.detailed.porchesFit)
        // 10 kHz of clock are the descriptor's step.
        #expect(
            abs(parsed.detailed.refresh - Double(row.refresh) / 1000) < 0.2 * Double(row.refresh) / 60_000 || row.height < 200)
        #expect(parsed.name == "Oriel\n       ")
        #expect(parsed.manufacturer == "ORL")
        #expect(parsed.extended == nil)
        if let told = row.millimetres, told.width > 10, told.width < 2550 { #expect(parsed.detailed.millimetres == told) }
    }

    @Test("a mode that doesn't fit is said exactly in an extension where there is room for one", arguments: beyond)
    func extended(row: Row) throws {
        let edid = EDID(row.mode, room: 256)
        #expect(edid.mode.size == row.mode.size && edid.mode.refreshMillihertz == row.refresh)
        let parsed = ParsedEDID(edid.bytes)
        #expect(parsed.sums == [0, 0])
        let extended = try #require(parsed.extended)
        #expect(extended.size == row.mode.size)
        #expect(abs(extended.refresh - Double(row.refresh) / 1000) < 0.05)
        #expect(parsed.detailed.size.width <= 4095 && parsed.detailed.size.height <= 4095)
    }

    @Test("without room, the mode is smaller in the same shape, or slower in the same size")
    func clamped() {
        for (row, size) in [
            (Row(width: 5120, height: 2880), PixelSize(width: 4095, height: 2303)),
            (Row(width: 8192, height: 4320), PixelSize(width: 4095, height: 2159)),
            (Row(width: 100, height: 8190), PixelSize(width: 64, height: 4095)),
        ] {
            let edid = EDID(row.mode)
            #expect(edid.bytes.count == 128 && edid.mode.size == size)
            #expect(ParsedEDID(edid.bytes).detailed.size == size)
        }
        let slow = EDID(Row(width: 3840, height: 2160, refresh: 144_000).mode)
        #expect(slow.mode.size == PixelSize(width: 3840, height: 2160))
        #expect((70_000..<80_000).contains(slow.mode.refreshMillihertz))
        #expect(abs(ParsedEDID(slow.bytes).detailed.refresh - Double(slow.mode.refreshMillihertz) / 1000) < 0.05)
    }

    @Test("the device's own limit holds, and 0 is none")
    func limits() {
        let mode = Row(width: 3840, height: 2160).mode
        #expect(EDID(mode, limit: PixelSize(width: 1920, height: 1920)).mode.size == PixelSize(width: 1920, height: 1080))
        #expect(EDID(mode, limit: PixelSize(width: 0, height: 1080)).mode.size == PixelSize(width: 1920, height: 1080))
        #expect(EDID(mode, limit: PixelSize(width: 0, height: 0)).mode.size == mode.size)
        #expect(EDID(mode, limit: PixelSize(width: 1, height: 1)).mode.size == PixelSize(width: 64, height: 64))
    }

    @Test(
        "the timing is CVT's, reduced blanking version 2: what VESA's own calculator gives for 3840x2160 and 1920x1080 at 60 Hz")
    func formula() {
        let large = VideoTiming(PixelSize(width: 3840, height: 2160), refreshMillihertz: 60_000)
        #expect(large.clockKilohertz == 522_614 && large.verticalBlanking == 62 && large.horizontalBlanking == 80)
        #expect(large.vertical == (48, 8, 6))
        let usual = VideoTiming(PixelSize(width: 1920, height: 1080), refreshMillihertz: 60_000)
        #expect(usual.clockKilohertz == 133_320 && usual.verticalBlanking == 31)
    }
}

/// An EDID read back by the standard's words, for the tests alone.
struct ParsedEDID {
    struct Timing {
        let size: PixelSize
        let refresh: Double
        var millimetres = PixelSize(width: 0, height: 0)
        /// Whether porch and sync lie within the blanking.
        let porchesFit: Bool
    }

    let sums: [UInt8]
    let manufacturer: String
    let name: String
    let detailed: Timing
    let extended: Timing?

    init(_ bytes: [UInt8]) {
        sums = stride(from: 0, to: bytes.count, by: 128).map { bytes[$0..<$0 + 128].reduce(0, &+) }
        let letters = UInt16(bytes[8]) << 8 | UInt16(bytes[9])
        manufacturer = String(
            String.UnicodeScalarView([10, 5, 0].map { UnicodeScalar(UInt8(letters >> $0 & 31) + 64) }))
        name = String(decoding: bytes[77..<90], as: UTF8.self)

        let d = bytes[54..<72].map(UInt32.init)
        func twelve(_ low: Int, _ high: Int, upper: Bool) -> UInt32 { d[low] | (upper ? d[high] >> 4 : d[high] & 15) << 8 }
        let width = twelve(2, 4, upper: true), height = twelve(5, 7, upper: true)
        let across = twelve(3, 4, upper: false), down = twelve(6, 7, upper: false)
        let clock = Double(d[0] | d[1] << 8) * 10_000
        let horizontal = (d[8] | (d[11] >> 6) << 8) + (d[9] | (d[11] >> 4 & 3) << 8)
        let vertical = (d[10] >> 4 | (d[11] >> 2 & 3) << 4) + (d[10] & 15 | (d[11] & 3) << 4)
        detailed = Timing(
            size: PixelSize(width: width, height: height), refresh: clock / Double(width + across) / Double(height + down),
            millimetres: PixelSize(width: twelve(12, 14, upper: true), height: twelve(13, 14, upper: false)),
            porchesFit: horizontal < across && vertical < down)

        guard bytes[126] == 1, bytes.count == 256 else {
            extended = nil
            return
        }
        let t = bytes[128 + 38..<128 + 58].map(UInt32.init)
        func word(_ offset: Int) -> UInt32 { (t[offset] | (t[offset + 1] & 0x7F) << 8) + 1 }
        let kilohertz = Double((t[0] | t[1] << 8 | t[2] << 16) + 1) * 10
        extended = Timing(
            size: PixelSize(width: word(4), height: word(12)),
            refresh: kilohertz * 1000 / Double(word(4) + word(6)) / Double(word(12) + word(14)),
            porchesFit: word(8) + word(10) < word(6) && word(16) + word(18) < word(14))
    }
}
