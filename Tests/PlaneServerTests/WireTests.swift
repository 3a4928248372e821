// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CPlaneProtocol
import Foundation
import Planes
import System
import TestSupport
import Testing

@testable import PlaneServer

@Suite("The wire")
struct WireTests {
    @Test("structures are as long as the document says, and the proposal's fields lie in its order")
    func layout() {
        #expect(MemoryLayout<plane_header>.size == 8)
        #expect(MemoryLayout<plane_hello>.size == 128)
        #expect(MemoryLayout<plane_request>.size == 16)
        #expect(MemoryLayout<plane_caps>.size == 16)
        #expect(MemoryLayout<plane_info>.size == 128)
        #expect(MemoryLayout<plane_answer>.size == 144)
        #expect(MemoryLayout<plane_get_dmabuf>.size == 24)
        #expect(MemoryLayout<plane_dmabuf>.size == 40)
        #expect(MemoryLayout<plane_region>.size == 24)
        #expect(MemoryLayout<plane_changed>.size == 16)
        #expect(MemoryLayout<plane_state>.size == Int(PLANE_LARGEST_MESSAGE))
        #expect(MemoryLayout<plane_seen>.size == 16)
        #expect(MemoryLayout<plane_committed>.size == 64)
        #expect(MemoryLayout<plane_skipped>.size == 32)
        #expect(MemoryLayout<plane_released>.size == 48)
        #expect(MemoryLayout<plane_bye>.size == 128)
        let proposal: [(PartialKeyPath<plane_info>, Int)] = [
            (\.start, 0), (\.drm_format_mod, 8), (\.drm_format, 16), (\.width, 20), (\.height, 24), (\.stride, 28), (\.size, 32),
            (\.x_pos, 36), (\.y_pos, 40), (\.generation, 44), (\.generation_high, 48), (\.flags, 52), (\.changed_at, 56),
            (\.buffer, 64), (\.x_hot, 72), (\.y_hot, 76), (\.damage_x, 80), (\.damage_height, 92), (\.memory_planes, 96),
            (\.offsets, 100), (\.strides, 112), (\.reserved, 124),
        ]
        for (field, offset) in proposal { #expect(MemoryLayout<plane_info>.offset(of: field) == offset) }
        #expect(MemoryLayout<plane_state>.offset(of: \.cursor) == 144)
        #expect(MemoryLayout<plane_dmabuf>.offset(of: \.buffer) == 24)
        #expect(MemoryLayout<plane_committed>.offset(of: \.sequence) == 24)
        #expect(MemoryLayout<plane_committed>.offset(of: \.released) == 32)
        #expect(MemoryLayout<plane_skipped>.offset(of: \.sequence) == 24)
        #expect(MemoryLayout<plane_released>.offset(of: \.released) == 16)
    }

    @Test("the document's dialogue has the reports as they are sent")
    func dialogue() throws {
        let document = try String(
            contentsOf: URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: "docs/plane-protocol.md"), encoding: .utf8)
        /// The bytes of the message that begins so; lines of zeros are left out.
        func bytes(_ title: String, count: Int) throws -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: count)
            let start = try #require(document.range(of: "\n▸ \(title)")).upperBound
            for line in document[start...].split(separator: "\n").dropFirst() {
                guard line.hasPrefix("  00") else { break }
                let words = line.split(separator: " ")
                let place = try #require(Int(words[0], radix: 16))
                for (index, word) in words.dropFirst().enumerated() {
                    bytes[place + index] = try #require(UInt8(word, radix: 16))
                }
            }
            return bytes
        }
        let (peer, theirs) = try RawPeer.pair(), reader = RawPeer(OwnedDescriptor(adopting: theirs))
        peer.committed(1, 1)
        peer.released(1)
        peer.skipped(5, 2, plane: 2)
        reader.receive()
        #expect(
            reader.inbox.map(\.bytes) == [
                try bytes("COMMITTED primary", count: 64), try bytes("RELEASED primary", count: 48),
                try bytes("SKIPPED cursor", count: 32),
            ])
    }

    @Test("a viewer's reports are read whole; a byte more or less, or anything in a reserved place, is no report")
    func reports() throws {
        let (peer, theirs) = try RawPeer.pair(), copy = RawPeer(OwnedDescriptor(adopting: theirs))
        peer.committed(7, 9, released: [1, 2, 3, 4], plane: 2)
        peer.skipped(8, 10)
        peer.released(5, 6, 7, 8)
        copy.receive()
        let expected: [ViewerRequest] = [
            .committed(.cursor, Generation(7), sequence: 9, released: [1, 2, 3, 4]),
            .skipped(.primary, Generation(8), sequence: 10), .released(.primary, [5, 6, 7, 8]),
        ]
        /// What becomes of a packet of these bytes, whose header has their length.
        func parsed(_ bytes: [UInt8]) throws -> Result<ViewerRequest, ProtocolFault> {
            let (sender, theirs) = try RawPeer.pair()
            let socket = PacketSocket(OwnedDescriptor(adopting: theirs), takesDescriptors: false)
            sender.send(bytes: bytes)
            var result: Result<ViewerRequest, ProtocolFault>?
            _ = socket.receive { packet in
                result = Result { () throws(ProtocolFault) in try ViewerRequest(packet, isGreeted: true) }
            }
            return try #require(result)
        }
        #expect(copy.inbox.count == expected.count)
        // Places in each of them: the header's length, and the reserved word.
        let length = 0, reserved = 12
        for (message, request) in zip(copy.inbox, expected) {
            #expect(try parsed(message.bytes) == .success(request))
            var shorter = Array(message.bytes.dropLast()), longer = message.bytes + [0], odd = message.bytes
            shorter[length] -= 1
            longer[length] += 1
            odd[reserved] = 1
            #expect(try parsed(shorter) == .failure(.wrongLength(type: message.type, length: shorter.count)))
            #expect(try parsed(longer) == .failure(.wrongLength(type: message.type, length: longer.count)))
            #expect(try parsed(odd) == .failure(.reserved))
        }
    }

    @Test("the magic reads ORIELPLN")
    func magic() {
        #expect(withUnsafeBytes(of: UInt64(PLANE_MAGIC)) { String(decoding: $0, as: UTF8.self) } == "ORIELPLN")
    }

    @Test(
        "the header compiles by itself, without a warning",
        arguments: [["-std=c99"], ["-std=c11"], ["-x", "c++", "-std=c++11"]])
    func header(language: [String]) throws {
        let directory = try TemporaryDirectory()
        let source = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/CPlaneProtocol/include").path
        let file = directory.file("peer.c")
        try "#include \"plane_protocol.h\"\nint main(void) { return (int)sizeof(struct plane_state); }\n"
            .write(toFile: file, atomically: true, encoding: .utf8)
        // Swift's toolchain brings clang; nothing else need be installed.
        let flags = ["-pedantic", "-Wall", "-Wextra", "-Werror", "-I", source]
        let build = try ChildProcess(
            ["clang"] + language + flags + ["-fsyntax-only", file], in: directory, log: directory.file("log"))
        #expect(build.waitForEnd() == 0, "\(build.output)")
    }

    @Test("a plane goes over the wire and comes back as it was")
    func roundTrip() throws {
        let claim = LayoutClaim(
            kind: .primary, width: 64, height: 32, fourcc: 0x3231_564E, modifier: 0, describedPlanes: 3,
            offsets: [4096, 8192, 0, 0],
            strides: [64, 64, 0, 0])
        let identity = BufferIdentity(device: 7, inode: 8, layout: try claim.validated(length: nil))
        let generation = Generation(0x1_2345_6789_ABCD)
        let damage = PixelRectangle(x: 1, y: 2, width: 3, height: 4)
        let sent = PlaneInfo(
            generation: generation, identity: identity, position: PixelPoint(x: -3, y: 9), hotSpot: PixelPoint(x: 5, y: 6),
            damage: .everything, isFlipped: true, changedAt: 500)
        let wire = plane_info(sent, buffer: 3, damage: .rectangle(damage))
        #expect(wire.start == 4096 && wire.size == 64 * 32 && wire.memory_planes == 2)
        #expect(wire.generation == 0x6789_ABCD && wire.generation_high == 0x1_2345)
        #expect(try wire.layoutClaim.validated(.primary, length: nil) == identity.layout)
        let back = try wire.picture(identity, times: 400...600)
        #expect(back.generation == generation && back.position == sent.position && back.hotSpot == sent.hotSpot)
        #expect(back.damage == .rectangle(damage) && back.isFlipped && back.changedAt == 500)
    }

    @Test("a change in the future is now, and one before the viewer came is when it came", arguments: [(1, 400), (999, 600)])
    func times(told: UInt64, believed: UInt64) throws {
        let claim = LayoutClaim(kind: .primary, width: 4, height: 4, fourcc: 0x3432_5258, stride: 16)
        let identity = BufferIdentity(device: 0, inode: 0, layout: try claim.validated(length: nil))
        var wire = plane_info(
            PlaneInfo(generation: Generation(1), identity: identity, changedAt: 0), buffer: 1, damage: .everything)
        wire.changed_at = told
        #expect(try wire.picture(identity, times: 400...600).changedAt == believed)
    }

    @Test("a layout that can't be is refused", arguments: LieAboutLayout.all)
    func lies(lie: LieAboutLayout) throws {
        let claim = LayoutClaim(kind: .primary, width: 64, height: 32, fourcc: 0x3432_5258, stride: 256)
        let identity = BufferIdentity(device: 0, inode: 0, layout: try claim.validated(length: nil))
        var wire = plane_info(
            PlaneInfo(generation: Generation(1), identity: identity, changedAt: 0), buffer: 1, damage: .everything)
        _ = try wire.layoutClaim.validated(.primary, length: 8192)
        lie.change(&wire)
        #expect(throws: PlaneFault.self) { try wire.layoutClaim.validated(.primary, length: 8192) }
    }

    struct LieAboutLayout: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: @Sendable (inout plane_info) -> Void

        static let all: [LieAboutLayout] = [
            .init(testDescription: "no width") { $0.width = 0 },
            .init(testDescription: "huge") { $0.height = 1 << 20 },
            .init(testDescription: "unknown format") { $0.drm_format = 1 },
            .init(testDescription: "short rows") { $0.stride = 255 },
            .init(testDescription: "beyond its memory") { $0.start = 1 },
            .init(testDescription: "beyond 4 GiB") { $0.start = 1 << 32 },
            .init(testDescription: "smaller than its rows") { $0.size = 8191 },
            .init(testDescription: "no memory plane") { $0.memory_planes = 0 },
            .init(testDescription: "more memory planes than its format has") { $0.memory_planes = 2 },
            .init(testDescription: "five memory planes") { $0.memory_planes = 5 },
            .init(testDescription: "a billion memory planes") { $0.memory_planes = 1 << 30 },
        ]
    }

    @Test("texts are cut at whole characters, and control characters don't come through")
    func texts() {
        var bye = plane_bye(PLANE_BYE_FULL, text: String(repeating: "ä", count: 100))
        #expect(text(in: bye.text) == String(repeating: "ä", count: 56))
        put("a\nb", into: &bye.text)
        #expect(text(in: bye.text) == "a b")
    }
}
