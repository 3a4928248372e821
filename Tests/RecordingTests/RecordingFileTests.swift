// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Foundation
import Planes
import TestSupport
import System
import Testing

@testable import Recording

@Suite("A recording's file")
struct RecordingFileTests {
    private let world: RecordingWorld

    init() throws { world = try RecordingWorld() }

    @Test("gives back every kind of event, in order")
    func roundTrip() throws {
        let sample = try sampleEvents()
        for end in [RecordingEnd.asked, .limit, .source] {
            try world.write(sample, end: end)
            let (events, fault) = try world.events()
            #expect(events == sample + [RecordedEvent(.end(end), at: sample.last!.time)] && fault == nil)
        }
        let header = try world.reader().header
        #expect(header == RecordingHeader(name: "a guest", hasPixels: false, recordedAt: 5))
    }

    @Test("has the bytes that docs/recording.md describes")
    func documented() throws {
        try world.write([RecordedEvent(.moved(.cursor, PixelPoint(x: -1, y: 2)), at: 3)])
        let hex = try world.bytes.map { String(format: "%02x", $0) }.joined(separator: " ")
        #expect(
            hex == """
                4f 52 49 45 4c 52 45 43 01 00 07 00 00 00 00 00 05 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 \
                61 20 67 75 65 73 74 d5 fa 51 c1 \
                03 00 02 00 08 00 00 00 03 00 00 00 00 00 00 00 ff ff ff ff 02 00 00 00 d5 20 48 51 \
                06 00 00 00 04 00 00 00 03 00 00 00 00 00 00 00 00 00 00 00 2f 98 59 28
                """)
        // The check value that catalogues of checksums give for CRC-32.
        #expect(CRC32.checksum(Array("123456789".utf8)[...]) == 0xCBF4_3926)
    }

    @Test("cut off at any length, gives what is whole or is refused in one line")
    func truncated() throws {
        let sample = try sampleEvents()
        try world.write(sample)
        let bytes = try world.bytes, header = RecordingHeader(name: "a guest", hasPixels: false, recordedAt: 5).bytes.count
        for length in 0..<bytes.count {
            try world.write(bytes: bytes[..<length])
            do {
                let (events, fault) = try world.events()
                #expect(length >= header && sample.starts(with: events), "\(length)")
                let whole = header + events.reduce(0) { $0 + $1.bytes.count }
                #expect(fault == .cutOff(at: UInt64(whole)) && whole <= length)
                let replay = try? world.replay()
                #expect((replay == nil) == events.isEmpty, "\(length)")
                while try replay?.step() == true {}
                replay?.close()
            } catch let error as SourceError {
                #expect(length < header && error.reason == .unavailable, "\(length)")
                #expect(error.message.hasPrefix("replay:\(world.path): it ") && !error.message.contains("\n"), "\(error)")
            }
        }
    }

    @Test("with any bit turned, gives what comes before that")
    func flipped() throws {
        let sample = try sampleEvents()
        try world.write(sample)
        let whole = try world.bytes
        for bit in 0..<whole.count * 8 {
            var bytes = whole
            bytes[bit / 8] ^= 1 << (bit % 8)
            try world.write(bytes: bytes)
            do {
                let (events, fault) = try world.events()
                #expect(fault != nil && events.count <= sample.count && sample.starts(with: events), "bit \(bit)")
            } catch let error as SourceError {
                #expect(bit / 8 < 43, "\(bit) \(error)")
            }
        }
    }

    @Test("of another version, of another kind, or that isn't there, is refused by name")
    func refused() throws {
        try world.write(sampleEvents())
        var bytes = try world.bytes
        bytes[8] = 2
        try world.write(bytes: bytes)
        #expect(throws: SourceError.self) { try world.reader() }
        let version = #expect(throws: SourceError.self) { try world.replay() }
        #expect(version?.message.contains("version 2, and this Oriel plays version 1") == true)
        try world.write(bytes: "a text".utf8)
        let text = #expect(throws: SourceError.self) { try world.replay() }
        #expect(text?.message.contains("isn't a recording of oriel record") == true)
        let none = #expect(throws: SourceError.self) { try ReplayAddress(url: "replay:/nowhere/a.rec").open() }
        #expect(none?.reason == .unavailable && none?.message.contains("no such file") == true)
        let device = #expect(throws: SourceError.self) { try ReplayAddress(url: "replay:/dev/null").open() }
        #expect(device?.message.contains("isn't a file") == true)
    }

    /// Values of whose meaning the checksum knows nothing.
    private func patched(_ index: Int, at offset: Int, _ bytes: [UInt8]) throws -> (
        events: [RecordedEvent], fault: RecordingFault?
    ) {
        let sample = try sampleEvents()
        var records = sample.map(\.bytes)
        records[index].replaceSubrange(offset..<offset + bytes.count, with: bytes)
        records[index].removeLast(4)
        records[index].append(littleEndian: CRC32.checksum(records[index][...]))
        let header = RecordingHeader(name: "a guest", hasPixels: false, recordedAt: 5).bytes
        try world.write(bytes: header + records.joined())
        return try world.events()
    }

    struct Patch: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let record: Int
        let offset: Int
        let bytes: [UInt8]
    }

    @Test(
        "takes nothing on trust: a record with a right checksum and a wrong value ends it",
        arguments: [
            Patch(testDescription: "plane 0", record: 0, offset: 2, bytes: [0]),
            Patch(testDescription: "plane 3", record: 0, offset: 2, bytes: [3]),
            Patch(testDescription: "the reserved byte", record: 0, offset: 3, bytes: [1]),
            Patch(testDescription: "buffer 32", record: 1, offset: 16, bytes: [32]),
            Patch(testDescription: "width 0", record: 1, offset: 20, bytes: [0]),
            Patch(testDescription: "width 16385", record: 1, offset: 20, bytes: [1, 64]),
            Patch(testDescription: "a wide picture in narrow rows", record: 1, offset: 20, bytes: [25]),
            Patch(testDescription: "an end beyond 4 GiB", record: 1, offset: 64, bytes: [0xFF, 0xFF, 0xFF, 0xFF]),
            Patch(testDescription: "an unknown format", record: 1, offset: 28, bytes: [0]),
            Patch(testDescription: "no memory plane", record: 1, offset: 40, bytes: [0]),
            Patch(testDescription: "five memory planes", record: 1, offset: 40, bytes: [5]),
            Patch(testDescription: "2^31 memory planes", record: 1, offset: 43, bytes: [128]),
            Patch(testDescription: "memory of kind 5", record: 1, offset: 44, bytes: [5]),
            Patch(testDescription: "offer 0", record: 1, offset: 45, bytes: [0]),
            Patch(testDescription: "pixels of a buffer that isn't there", record: 2, offset: 16, bytes: [1]),
            Patch(testDescription: "pixels outside", record: 2, offset: 20, bytes: [19]),
            Patch(testDescription: "pixels at a negative place", record: 2, offset: 20, bytes: [0xFF, 0xFF, 0xFF, 0xFF]),
            Patch(testDescription: "more pixels than there are bytes", record: 2, offset: 28, bytes: [3]),
            Patch(testDescription: "a picture in buffer 2^32 - 1", record: 3, offset: 16, bytes: [255, 255, 255, 255]),
            Patch(testDescription: "a picture's eighth flag", record: 3, offset: 20, bytes: [8]),
            Patch(testDescription: "a generation before the last", record: 7, offset: 24, bytes: [7]),
            Patch(testDescription: "a hot spot outside", record: 5, offset: 48, bytes: [16]),
            Patch(testDescription: "a time before the last", record: 5, offset: 8, bytes: Array(repeating: 0, count: 8)),
            Patch(testDescription: "a time in a thousand years", record: 5, offset: 15, bytes: [0x7F]),
        ])
    func wrongValues(patch: Patch) throws {
        let (events, end) = try patched(patch.record, at: patch.offset, patch.bytes)
        #expect(events == Array(try sampleEvents()[..<patch.record]))
        let fault = try #require(end)
        let isDamaged = if case .damaged = fault { true } else { false }
        #expect(isDamaged, "\(fault)")
        #expect(!fault.description.contains("\n"))
    }

    @Test("clips damage, and passes over records of a kind that it doesn't know")
    func lenient() throws {
        let large = RecordedEvent(
            .picture(.primary, shown(0, 10, .rectangle(PixelRectangle(x: -5, y: 0, width: .max, height: .max)))), at: 9_000_000)
        try world.write(try sampleEvents() + [large])
        guard case .picture(_, let picture)? = try world.events().events.dropLast().last?.content else {
            Issue.record("\(try world.events())")
            return
        }
        #expect(picture.damage == .rectangle(PixelRectangle(x: 0, y: 0, width: 20, height: 10)))
        let (events, fault) = try patched(6, at: 0, [99])
        #expect(events.count == (try sampleEvents().count) - 1)
        #expect(fault.map { if case .cutOff = $0 { true } else { false } } == true)
    }

    @Test("of random records with right checksums, plays or ends in one line", arguments: 0..<8 as Range<UInt64>)
    func fuzzed(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let sample = try sampleEvents().map(\.bytes), header = RecordingHeader(name: "a", hasPixels: true, recordedAt: 0).bytes
        for _ in 0..<60 {
            var bytes = header
            for _ in 0..<12 {
                var record = sample.randomElement(using: &random)!
                // Small times, so that most of them come in order.
                record.replaceSubrange(8..<16, with: [0, 0, 0, 0, 0, 0, 0, 0])
                for _ in 0..<Int.random(in: 0...2, using: &random) {
                    let place = [Int.random(in: 0..<record.count - 4, using: &random), Int.random(in: 16..<24, using: &random)]
                        .randomElement(using: &random)!
                    if place < record.count - 4 { record[place] = [0, 1, 2, 31, 127, 255].randomElement(using: &random)! }
                }
                record.removeLast(4)
                record.append(littleEndian: CRC32.checksum(record[...]))
                bytes += record
            }
            try world.write(bytes: bytes)
            guard let replay = try? world.replay(["", "?loop"].randomElement(using: &random)!) else { continue }
            for _ in 0..<40 { guard try replay.step() else { break } }
            for kind in PlaneKind.allCases {
                guard case .showing(let info) = try replay.query(kind) else { continue }
                let buffer = try replay.buffer(for: kind, generation: info.generation)
                #expect(buffer.layout == info.identity.layout && buffer.layout.modifier == .linear)
            }
            replay.close()
        }
        #expect(world.log.messages.allSatisfy { $0.hasPrefix("replay:") && !$0.contains("\n") })
    }

    @Test("ends before it becomes too large, and is whole then")
    func limited() throws {
        let sample = try sampleEvents(), whole = sample.reduce(0) { $0 + $1.bytes.count }
        let header = RecordingHeader(name: "a guest", hasPixels: false, recordedAt: 5).bytes.count
        let limit = UInt64(header + whole + RecordingFormat.endLength)
        let writer = try world.writer(limit: limit)
        for event in sample { #expect(try writer.add([event])) }
        #expect(try !writer.add([sample[0]]))
        try writer.finish(.limit, at: sample.last!.time)
        #expect(try world.bytes.count == Int(limit) && world.events().fault == nil)
        let tight = try world.writer(limit: limit - 1)
        // What belongs together is written together, or not at all.
        #expect(try !tight.add(sample))
        try tight.finish(.limit, at: 0)
        #expect(try world.events().events == [RecordedEvent(.end(.limit), at: 0)])
    }
}
