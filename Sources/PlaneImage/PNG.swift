// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CPNG
internal import Glibc
internal import Planes
internal import System

/// Reads and writes PNG files with libpng's simplified interface.
public enum PNG {
    /// Writes a picture as 8-bit RGB. A regular file is replaced whole or not at all; a device or a pipe is written to.
    public static func write(_ picture: RGBAImage, to path: String) throws(PlaneImageError) {
        var image = png_image()
        image.version = png_uint_32(PNG_IMAGE_VERSION)
        image.width = picture.size.width
        image.height = picture.size.height
        image.format = rgb
        defer { png_image_free(&image) }
        // The stream writes to both until it is closed.
        let encoded = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: 1)
        let length = UnsafeMutablePointer<Int>.allocate(capacity: 1)
        encoded.initialize(to: nil)
        length.initialize(to: 0)
        defer {
            free(encoded.pointee)
            encoded.deallocate()
            length.deallocate()
        }
        guard let stream = open_memstream(encoded, length) else {
            throw .file(path: path, reason: "can't be written: \(Errno.last.text)")
        }
        let isEncoded = png_image_write_to_stdio(&image, stream, 0, picture.rgb, 0, nil) != 0
        guard fclose(stream) == 0 else { throw .file(path: path, reason: "can't be written: \(Errno.last.text)") }
        guard isEncoded else { throw .file(path: path, reason: message(of: image)) }
        do throws(Errno) {
            try WholeFile.write([UInt8](UnsafeRawBufferPointer(start: encoded.pointee, count: length.pointee)), to: path)
        } catch {
            throw .file(path: path, reason: "can't be written: \(error.text)")
        }
    }

    /// Reads a PNG of any type.
    ///
    /// - Parameter most: the largest number of pixels. A file of a few bytes may claim any.
    public static func read(_ path: String, atMost most: Int = .max) throws(PlaneImageError) -> RGBAImage {
        var image = png_image()
        image.version = png_uint_32(PNG_IMAGE_VERSION)
        defer { png_image_free(&image) }
        guard png_image_begin_read_from_file(&image, path) != 0 else { throw .file(path: path, reason: message(of: image)) }
        image.format = rgb | alpha
        let size = PixelSize(width: image.width, height: image.height)
        guard UInt64(size.width) * UInt64(size.height) <= UInt64(most) else {
            throw .file(path: path, reason: "it is \(size), which is too large")
        }
        var bytes = [UInt8](repeating: 0, count: Int(size.width) * Int(size.height) * 4)
        guard png_image_finish_read(&image, nil, &bytes, 0, nil) != 0 else {
            throw .file(path: path, reason: message(of: image))
        }
        for alpha in stride(from: 3, to: bytes.count, by: 4) where bytes[alpha] != 255 {
            for at in alpha - 3..<alpha { bytes[at] = UInt8((UInt32(bytes[at]) * UInt32(bytes[alpha]) + 127) / 255) }
        }
        return RGBAImage(size: size, bytes: bytes)
    }

    private static let rgb: png_uint_32 = 0x02  // PNG_FORMAT_FLAG_COLOR, png.h
    private static let alpha: png_uint_32 = 0x01  // PNG_FORMAT_FLAG_ALPHA, png.h

    private static func message(of image: png_image) -> String {
        withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

extension RGBAImage {
    /// The pixels without alpha, as libpng wants them for 8-bit RGB.
    fileprivate var rgb: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: bytes.count / 4 * 3) { target, count in
            count = bytes.count / 4 * 3
            for pixel in 0..<bytes.count / 4 {
                for channel in 0..<3 { target[pixel * 3 + channel] = bytes[pixel * 4 + channel] }
            }
        }
    }
}
