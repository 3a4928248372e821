// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CLinux
internal import Glibc
public import Planes
internal import System

/// The rows of a plane's picture, copied out of its memory as they are. Making an image of them takes several times as long, and may
/// happen on another thread.
public struct PictureCopy: Sendable {
    private let rows: [UInt8]
    private let layout: PlaneLayout
    private let packed: PackedFormat
    private let isFlipped: Bool

    /// - Parameters:
    ///   - isOpaque: Whether to ignore the format's alpha, as in a primary plane. A cursor plane keeps its alpha.
    ///   - isFlipped: Whether the first row in memory is the bottom one.
    public init(
        of buffer: borrowing PlaneBuffer, isOpaque: Bool = false, isFlipped: Bool = false
    ) throws(PlaneImageError) {
        let layout = buffer.layout, descriptor = buffer.descriptor(plane: 0)
        guard layout.modifier == .linear else { throw .unreadableModifier(layout.modifier) }
        let shown = isOpaque ? layout.format.opaque : layout.format
        guard let packed = PackedFormat(shown) else { throw .unreadableFormat(layout.format) }
        // Reading past the end of the file would raise SIGBUS.
        if let length = OwnedDescriptor.length(of: descriptor) {
            do { try layout.checkLength(length) } catch { throw .tooShort(error) }
        }
        let length = Int(layout.linearLength)
        let mapping: Mapping
        do throws(Errno) { mapping = try Mapping(descriptor, length: length, for: .reading) } catch {
            throw .unmappable(error.text)
        }
        let isDmaBuf = oriel_is_dma_buf(descriptor)
        if isDmaBuf { oriel_dma_buf_sync(descriptor, true, false) }
        defer { if isDmaBuf { oriel_dma_buf_sync(descriptor, false, false) } }
        rows = [UInt8](mapping.bytes[Int(layout.offsets[0])...])
        self.layout = layout
        self.packed = packed
        self.isFlipped = isFlipped
    }

    public var image: RGBAImage {
        let width = Int(layout.size.width), height = Int(layout.size.height), stride = Int(layout.strides[0])
        let bytes = [UInt8](unsafeUninitializedCapacity: width * height * 4) { target, count in
            count = width * height * 4
            var out = target.baseAddress!
            rows.withUnsafeBytes { rows in
                for y in 0..<height {
                    var pixel = rows.baseAddress! + (isFlipped ? height - 1 - y : y) * stride
                    for _ in 0..<width {
                        let word = Self.word(pixel, packed.bytes)
                        out[0] = packed.red.value(word)
                        out[1] = packed.green.value(word)
                        out[2] = packed.blue.value(word)
                        out[3] = packed.alpha?.value(word) ?? 255
                        out += 4
                        pixel += packed.bytes
                    }
                }
            }
        }
        return RGBAImage(size: layout.size, bytes: bytes)
    }

    /// A pixel's little-endian word of 2, 3 or 4 bytes. The guest's stride may leave it unaligned.
    private static func word(_ pixel: UnsafeRawPointer, _ bytes: Int) -> UInt32 {
        if bytes == 4 { return UInt32(littleEndian: pixel.loadUnaligned(as: UInt32.self)) }
        let low = UInt32(UInt16(littleEndian: pixel.loadUnaligned(as: UInt16.self)))
        return bytes == 3 ? low | UInt32(pixel.load(fromByteOffset: 2, as: UInt8.self)) << 16 : low
    }
}

extension RGBAImage {
    /// Copies a plane's picture out of its memory, which must be linear.
    ///
    /// - Parameters:
    ///   - isOpaque: Whether to ignore the format's alpha, as in a primary plane. A cursor plane keeps its alpha.
    ///   - isFlipped: Whether the first row in memory is the bottom one.
    public init(
        copying buffer: borrowing PlaneBuffer, isOpaque: Bool = false, isFlipped: Bool = false
    ) throws(PlaneImageError) {
        self = try PictureCopy(of: buffer, isOpaque: isOpaque, isFlipped: isFlipped).image
    }
}
