// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

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
        let crc = tables.withUnsafeBufferPointer { tables in
            bytes.withUnsafeBytes { bytes in
                var crc = UInt32.max, index = 0
                // Eight bytes at a time («slicing by 8»): recorded pixels are megabytes.
                while index + 8 <= bytes.count {
                    let low = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self)) ^ crc
                    let high = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index + 4, as: UInt32.self))
                    crc = 0
                    for part in 0..<4 {
                        crc ^= tables[(7 - part) << 8 | Int(low >> (8 * part) & 0xFF)]
                        crc ^= tables[(3 - part) << 8 | Int(high >> (8 * part) & 0xFF)]
                    }
                    index += 8
                }
                while index < bytes.count {
                    crc = tables[Int(UInt8(truncatingIfNeeded: crc) ^ bytes[index])] ^ crc >> 8
                    index += 1
                }
                return crc
            }
        }
        return ~crc
    }

    /// Eight tables of 256: the n-th has the checksum's change by a byte that n zero bytes follow.
    private static let tables: [UInt32] = {
        var tables: [UInt32] = (0..<256).map { byte in
            (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        for index in 256..<8 * 256 { tables.append(tables[Int(tables[index - 256] & 0xFF)] ^ tables[index - 256] >> 8) }
        return tables
    }()
}
