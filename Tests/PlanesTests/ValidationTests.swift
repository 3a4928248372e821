// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
import Testing

/// Everything that a guest describes of a plane passes `LayoutClaim.validated`. Each row of the table is one false claim.
@Suite("Validation of a guest's claims")
struct ValidationTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let what: String
        let change: @Sendable (inout LayoutClaim) -> Void
        var length: UInt64? = ValidationTests.length
        let fault: PlaneFault?
        var testDescription: String { what }
    }

    static let length: UInt64 = 640 * 4 * 480
    static let xr24: UInt32 = PixelFormat.xrgb8888.fourcc
    static let nv12: UInt32 = 0x3231_564E

    static let rows: [Row] = [
        Row(what: "an honest plane", change: { _ in }, fault: nil),
        Row(what: "an honest plane of unknown length", change: { _ in }, length: nil, fault: nil),
        Row(what: "width 0", change: { $0.width = 0 }, fault: .emptySize(width: 0, height: 480)),
        Row(what: "height 0", change: { $0.height = 0 }, fault: .emptySize(width: 640, height: 0)),
        Row(
            what: "a huge width", change: { $0.width = 16385 },
            fault: .hugeSize(width: 16385, height: 480, limit: 16384)),
        Row(
            what: "the largest number", change: { $0.height = .max },
            fault: .hugeSize(width: 640, height: .max, limit: 16384)),
        Row(
            what: "a cursor as large as a screen",
            change: {
                $0.kind = .cursor; $0.width = 1025
            },
            fault: .hugeSize(width: 1025, height: 480, limit: 1024)),
        Row(what: "an unknown fourcc", change: { $0.fourcc = 0x2020_2020 }, fault: .unknownFormat(fourcc: 0x2020_2020)),
        Row(what: "fourcc 0", change: { $0.fourcc = 0 }, fault: .unknownFormat(fourcc: 0)),
        Row(
            what: "a stride one byte short", change: { $0.strides[0] = 2559 },
            fault: .strideTooSmall(plane: 0, stride: 2559, needed: 2560)),
        Row(what: "stride 0", change: { $0.strides[0] = 0 }, fault: .strideTooSmall(plane: 0, stride: 0, needed: 2560)),
        Row(what: "a stride whose product overflows 32 bits", change: { $0.strides[0] = .max }, fault: .overflow(plane: 0)),
        Row(what: "an offset whose sum overflows 32 bits", change: { $0.offsets[0] = .max }, fault: .overflow(plane: 0)),
        Row(
            what: "a buffer one byte short", change: { _ in }, length: length - 1,
            fault: .tooShort(plane: 0, length: length - 1, needed: length)),
        Row(
            what: "an empty buffer", change: { _ in }, length: 0,
            fault: .tooShort(plane: 0, length: 0, needed: length)),
        Row(what: "no memory plane at all", change: { $0.describedPlanes = 0 }, fault: .planeGap(described: 0)),
        Row(what: "planes with a gap", change: { $0.describedPlanes = 0b101 }, fault: .planeGap(described: 0b101)),
        Row(what: "plane 1 without plane 0", change: { $0.describedPlanes = 0b10 }, fault: .planeGap(described: 0b10)),
        Row(what: "five planes", change: { $0.describedPlanes = 0b11111 }, fault: .planeGap(described: 0b11111)),
        Row(
            what: "more planes than the format has", change: { $0.describedPlanes = 0b11 },
            fault: .planeCount(described: 2, format: 1)),
        Row(
            what: "fewer planes than the format has", change: { $0.fourcc = nv12 },
            fault: .planeCount(described: 1, format: 2)),
        Row(
            what: "an honest NV12 plane",
            change: {
                $0.fourcc = nv12
                $0.describedPlanes = 0b11
                $0.offsets = [0, 640 * 480, 0, 0]
                $0.strides = [640, 640, 0, 0]
            }, fault: nil),
        Row(
            what: "a chroma plane past the end",
            change: {
                $0.fourcc = nv12
                $0.describedPlanes = 0b11
                $0.offsets = [0, UInt32(length), 0, 0]
                $0.strides = [640, 640, 0, 0]
            },
            fault: .tooShort(plane: 1, length: length, needed: length + 640 * 240)),
        Row(
            what: "a tiled plane that starts past the end",
            change: {
                $0.modifier = 0x0100_0000_0000_0001; $0.offsets[0] = UInt32(length)
            },
            fault: .tooShort(plane: 0, length: length, needed: length + 1)),
        Row(
            what: "a compressed plane with its own second plane",
            change: {
                $0.modifier = 0x0100_0000_0000_0004; $0.describedPlanes = 0b11; $0.strides[1] = 64
            }, fault: nil),
        Row(
            what: "a hot spot outside", change: { $0.hotSpot = (640, 0) }, fault: .hotSpotOutside(x: 640, y: 0)),
        Row(
            what: "QEMU's unchecked hot spot", change: { $0.hotSpot = (.max, .max) },
            fault: .hotSpotOutside(x: .max, y: .max)),
        Row(what: "a hot spot in the last corner", change: { $0.hotSpot = (639, 479) }, fault: nil),
    ]

    @Test("gives the result in the table", arguments: rows)
    func judged(row: Row) {
        var claim = LayoutClaim(kind: .primary, width: 640, height: 480, fourcc: Self.xr24, stride: 2560)
        row.change(&claim)
        do throws(PlaneFault) {
            _ = try claim.validated(length: row.length)
            #expect(row.fault == nil)
        } catch {
            #expect(error == row.fault)
            #expect(!error.description.isEmpty)
        }
    }

    @Test("never traps, whatever the numbers")
    func neverTraps() {
        let edges: [UInt32] = [0, 1, 2, 16384, 16385, 0x7FFF_FFFF, .max]
        for width in edges {
            for height in edges {
                for stride in edges {
                    for offset in edges {
                        for format in PixelFormat.all {
                            let claim = LayoutClaim(
                                kind: .primary, width: width, height: height, fourcc: format.fourcc, modifier: 0,
                                describedPlanes: UInt8(truncatingIfNeeded: stride), offsets: .init(repeating: offset),
                                strides: .init(repeating: stride))
                            if let layout = try? claim.validated(length: UInt64(offset) * 3) {
                                #expect(layout.linearLength <= UInt64(UInt32.max))
                            }
                        }
                    }
                }
            }
        }
    }

    struct Clip: Sendable {
        let rectangle: PixelRectangle
        let expected: PixelRectangle

        init(_ rectangle: (Int32, Int32, Int32, Int32), _ expected: (Int32, Int32, Int32, Int32)) {
            self.rectangle = PixelRectangle(x: rectangle.0, y: rectangle.1, width: rectangle.2, height: rectangle.3)
            self.expected = PixelRectangle(x: expected.0, y: expected.1, width: expected.2, height: expected.3)
        }
    }

    static let clips: [Clip] = [
        Clip((-10, -10, 20, 20), (0, 0, 10, 10)),
        Clip((.max, .max, .max, .max), (0, 0, 0, 0)),
        Clip((.min, .min, .max, .max), (0, 0, 0, 0)),
        Clip((630, 470, .max, .max), (630, 470, 10, 10)),
        Clip((5, 5, -1, 5), (0, 0, 0, 0)),
    ]

    @Test("a rectangle is clipped to the buffer without overflow", arguments: clips)
    func clipped(clip: Clip) {
        #expect(clip.rectangle.clipped(to: PixelSize(width: 640, height: 480)) == clip.expected)
    }
}

@Suite("Pixel formats")
struct PixelFormatTests {
    @Test("every opaque format and its alpha twin refer to each other")
    func twins() {
        for format in PixelFormat.all {
            #expect(!format.opaque.hasAlpha)
            if let alpha = format.alpha {
                #expect(alpha.hasAlpha)
                #expect(alpha.opaque == format.opaque)
                #expect(alpha.bytesPerPixel() == format.bytesPerPixel())
            }
        }
    }

    @Test("a name consists of the fourcc's letters")
    func names() {
        #expect(PixelFormat.xrgb8888.name == "XR24")
        #expect(PixelFormat.argb8888.opaque == .xrgb8888)
        #expect(PixelFormat.name(of: 1) == "0x1")
        #expect(PixelFormat(fourcc: 0) == nil)
    }

    @Test("modifiers have libdrm's names")
    func modifiers() {
        #expect(Modifier.linear.description == "LINEAR")
        #expect(Modifier.implicit.description == "INVALID")
        #expect(Modifier(rawValue: 0x0100_0000_0000_0001).description == "INTEL_X_TILED")
    }
}
