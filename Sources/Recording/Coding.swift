// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CZlib
internal import Planes

// Little-endian integers and checksums.

extension [UInt8] {
    mutating func append<Number: FixedWidthInteger>(littleEndian number: Number) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }

    mutating func append(_ words: SIMD4<UInt32>) { for index in 0..<4 { append(littleEndian: words[index]) } }

    mutating func append(_ rectangle: PixelRectangle) {
        for number in [rectangle.x, rectangle.y, rectangle.width, rectangle.height] { append(littleEndian: number) }
    }
}

/// Takes integers from bytes, one after another. The caller has checked that there are as many.
struct ByteReader {
    private let bytes: [UInt8]
    private var position: Int

    init(_ bytes: [UInt8], from position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    mutating func next<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) -> Number {
        var value: Number.Magnitude = 0
        for index in 0..<Number.bitWidth / 8 { value |= Number.Magnitude(bytes[position + index]) << (8 * index) }
        position += Number.bitWidth / 8
        return Number(truncatingIfNeeded: value)
    }

    mutating func nextWords() -> SIMD4<UInt32> { SIMD4(next(), next(), next(), next()) }

    mutating func nextPoint() -> PixelPoint { PixelPoint(x: next(), y: next()) }

    mutating func nextRectangle() -> PixelRectangle { PixelRectangle(x: next(), y: next(), width: next(), height: next()) }

    /// All bytes that are left.
    var rest: [UInt8] { Array(bytes[position...]) }
}

/// CRC-32 as in Ethernet, PNG and zlib (polynomial 0x04C11DB7, bits reflected, begun and ended with all bits inverted).
enum CRC32 {
    static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.withUnsafeBytes { UInt32(crc32_z(0, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), $0.count)) }
    }
}
