// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

import CVFIO
import System
import Testing

@testable import VFIOPlanes

@Suite("A region's chain of capabilities")
struct RegionInfoTests {
    static let flags = UInt32(VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_CAPS)

    /// `struct vfio_region_info` and what follows it.
    static func answer(flags: UInt32 = flags, first: UInt32, _ tail: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        func add(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
        add(UInt32(32 + tail.count))
        add(flags)
        add(UInt32(2))
        add(first)
        add(UInt64(4096))
        add(UInt64(2) << 40)
        return bytes + tail
    }

    /// A capability's header and its body.
    static func capability(_ id: UInt16, next: UInt32, _ body: [UInt8] = []) -> [UInt8] {
        var bytes: [UInt8] = []
        func add(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
        add(id)
        add(UInt16(1))
        add(next)
        return bytes + body
    }

    struct Chain: Sendable, CustomTestStringConvertible {
        let what: String
        let bytes: [UInt8]
        let found: [DeviceRegion.Capability]
        var testDescription: String { what }
    }

    static let type = DeviceRegion.Capability(id: 2, version: 1, body: [1, 0, 0, 0, 1, 0, 0, 0])
    static let typeBytes = capability(2, next: 0, [1, 0, 0, 0, 1, 0, 0, 0])

    static let chains: [Chain] = [
        Chain(what: "none", bytes: answer(first: 0, []), found: []),
        Chain(what: "one, as a display's EDID has", bytes: answer(first: 32, typeBytes), found: [type]),
        Chain(
            what: "two", bytes: answer(first: 32, capability(1, next: 44, [9, 9, 9, 9]) + typeBytes),
            found: [DeviceRegion.Capability(id: 1, version: 1, body: [9, 9, 9, 9]), type]),
        Chain(
            what: "one that the flags don't promise", bytes: answer(flags: 1, first: 32, typeBytes), found: []),
        Chain(what: "a first inside of the struct", bytes: answer(first: 16, typeBytes), found: []),
        Chain(what: "a first at the end", bytes: answer(first: 48, typeBytes), found: []),
        Chain(what: "a header over the end", bytes: answer(first: 41, typeBytes), found: []),
        Chain(what: "a first at the end of all", bytes: answer(first: .max, typeBytes), found: []),
        Chain(
            what: "one that names itself", bytes: answer(first: 32, capability(1, next: 32)),
            found: [DeviceRegion.Capability(id: 1, version: 1, body: [])]),
        Chain(
            what: "a circle of two", bytes: answer(first: 32, capability(1, next: 40) + capability(3, next: 32)),
            found: [
                DeviceRegion.Capability(id: 1, version: 1, body: []), DeviceRegion.Capability(id: 3, version: 1, body: []),
            ]),
        Chain(
            what: "a next inside of its own header", bytes: answer(first: 32, capability(1, next: 36, [7])),
            found: [DeviceRegion.Capability(id: 1, version: 1, body: [7])]),
        Chain(
            what: "a next behind all", bytes: answer(first: 32, capability(1, next: .max, [7])),
            found: [DeviceRegion.Capability(id: 1, version: 1, body: [7])]),
    ]

    @Test("is walked, and no further than it goes", arguments: chains)
    func walk(_ chain: Chain) {
        let region = RegionInfo(chain.bytes).region
        #expect(region.capabilities == chain.found)
        #expect(region.size == 4096 && region.offset == UInt64(2) << 40)
    }

    @Test("cut off anywhere is walked as far as it is there", arguments: chains)
    func cutOff(_ chain: Chain) {
        for length in 32...chain.bytes.count {
            let region = RegionInfo(Array(chain.bytes[..<length])).region
            #expect(region.capabilities.count <= chain.found.count)
        }
    }

    @Test("of any bytes ends")
    func anything() {
        var random = SplitMix64(seed: 1)
        for _ in 0..<2000 {
            let tail = (0..<Int.random(in: 0...64, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) & 0x3F }
            let region = RegionInfo(Self.answer(first: UInt32.random(in: 0...128, using: &random), tail)).region
            #expect(region.capabilities.count <= 8)
        }
    }
}
