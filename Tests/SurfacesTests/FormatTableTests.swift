// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import Planes
@testable import Surfaces
import Testing

@Suite("dmabuf feedback")
struct FormatTableTests {
    private func table(_ pairs: [(UInt32, UInt64)], extra: Int = 0) -> [UInt8] {
        var bytes: [UInt8] = []
        for (fourcc, modifier) in pairs {
            for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: fourcc >> (8 * UInt32(shift)))) }
            bytes += [0xAA, 0xAA, 0xAA, 0xAA]
            for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: modifier >> (8 * UInt64(shift)))) }
        }
        return bytes + Array(repeating: 0, count: extra)
    }

    private let device: [UInt8] = [0x80, 0xE2, 0, 0, 0, 0, 0, 0]

    @Test("a round becomes a table in the compositor's order")
    func round() {
        var collector = FeedbackCollector()
        table([(PixelFormat.xrgb8888.fourcc, 0), (PixelFormat.argb8888.fourcc, 7)]).withUnsafeBytes { collector.table($0) }
        collector.mainDevice(device)
        collector.trancheDevice(device)
        collector.trancheFlags(scanout: true)
        collector.trancheFormats([0, 0])
        collector.trancheDone()
        collector.trancheDevice(device)
        collector.trancheFormats([1, 0, 0, 0])
        collector.trancheDone()
        let table = collector.done()
        #expect(table.mainDevice == 0xE280)
        #expect(table.tranches.map(\.isScanout) == [true, false])
        #expect(table.contains(.argb8888, Modifier(rawValue: 7)))
        #expect(!table.contains(.argb8888, .linear))
        #expect(collector.fault == nil)
    }

    @Test("a resend without a table keeps the old entries and replaces the tranches")
    func resend() {
        var collector = FeedbackCollector()
        table([(PixelFormat.xrgb8888.fourcc, 0)]).withUnsafeBytes { collector.table($0) }
        collector.trancheFormats([0, 0])
        collector.trancheDone()
        _ = collector.done()
        collector.trancheFormats([0, 0])
        collector.trancheDone()
        #expect(collector.done().tranches.count == 1)
    }

    @Test("a round without end is kept up to a limit of pairs and of tranches, and the next round begins afresh")
    func endless() {
        var collector = FeedbackCollector()
        table([(PixelFormat.xrgb8888.fourcc, 0)]).withUnsafeBytes { collector.table($0) }
        let many = [UInt8](repeating: 0, count: 2 << 12)
        for _ in 0..<(2 * FormatTable.limit >> 12) { collector.trancheFormats(many) }
        collector.trancheDone()
        for _ in 0..<2 * FormatTable.limit { collector.trancheDone() }
        let table = collector.done()
        #expect(table.tranches.reduce(table.tranches.count) { $0 + $1.pairs.count } <= FormatTable.limit)
        #expect(collector.fault?.contains("\(FormatTable.limit)") == true)
        collector.trancheFormats([0, 0])
        collector.trancheDone()
        #expect(collector.done().tranches.map(\.pairs.count) == [1])
    }

    @Test("an index past the table, an odd length and a cut table are faults, not reads past the end")
    func faults() {
        var collector = FeedbackCollector()
        table([(PixelFormat.xrgb8888.fourcc, 0)]).withUnsafeBytes { collector.table($0) }
        collector.trancheFormats([9, 9, 0])
        collector.trancheDone()
        #expect(collector.fault?.contains("entry 2313") == true)
        #expect(collector.done().tranches[0].pairs.isEmpty)
        var other = FeedbackCollector()
        table([(1, 1)], extra: 3).withUnsafeBytes { other.table($0) }
        #expect(other.fault != nil)
        #expect(other.entries.isEmpty)
        other.mainDevice([1, 2, 3])
        #expect(other.done().mainDevice == nil)
    }
}
