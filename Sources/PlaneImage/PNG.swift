// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import CPNG
internal import Glibc
internal import Planes

/// Reads and writes PNG files with libpng's simplified interface.
public enum PNG {
    /// Writes a picture as 8-bit RGB. A regular file is replaced whole or not at all: the picture is written to a temporary file
    /// beside it, which is then renamed.
    public static func write(_ picture: RGBAImage, to path: String) throws(PlaneImageError) {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            // A device or a pipe is written to and never replaced.
            let descriptor = open(path, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw failure(path, "can't be written", errno) }
            return try fill(descriptor, with: picture, for: path)
        }
        let temporary = "\(path).\(getpid()).part"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failure(path, "can't be written", errno) }
        do throws(PlaneImageError) {
            try fill(descriptor, with: picture, for: path)
            guard rename(temporary, path) == 0 else { throw failure(path, "can't be put in place", errno) }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Reads a PNG of any type as RGBA.
    public static func read(_ path: String) throws(PlaneImageError) -> RGBAImage {
        var image = png_image()
        image.version = png_uint_32(PNG_IMAGE_VERSION)
        defer { png_image_free(&image) }
        guard png_image_begin_read_from_file(&image, path) != 0 else { throw .file(path: path, reason: message(of: image)) }
        image.format = rgb | alpha
        let size = PixelSize(width: image.width, height: image.height)
        var bytes = [UInt8](repeating: 0, count: Int(size.width) * Int(size.height) * 4)
        guard png_image_finish_read(&image, nil, &bytes, 0, nil) != 0 else {
            throw .file(path: path, reason: message(of: image))
        }
        return RGBAImage(size: size, bytes: bytes)
    }

    private static let rgb: png_uint_32 = 0x02  // PNG_FORMAT_FLAG_COLOR, png.h
    private static let alpha: png_uint_32 = 0x01  // PNG_FORMAT_FLAG_ALPHA, png.h

    /// Writes the picture to the descriptor and closes it in every case.
    private static func fill(_ descriptor: CInt, with picture: RGBAImage, for path: String) throws(PlaneImageError) {
        guard let file = fdopen(descriptor, "wb") else {
            let code = errno
            close(descriptor)
            throw failure(path, "can't be written", code)
        }
        var image = png_image()
        image.version = png_uint_32(PNG_IMAGE_VERSION)
        image.width = picture.size.width
        image.height = picture.size.height
        image.format = rgb
        errno = 0
        let isWritten = png_image_write_to_stdio(&image, file, 0, picture.rgb, 0, nil) != 0
        let writing = errno
        png_image_free(&image)
        errno = 0
        // A full disk often shows only when the last bytes are flushed.
        let isClosed = fclose(file) == 0
        guard isWritten else {
            throw writing != 0 ? failure(path, "can't be written", writing) : .file(path: path, reason: message(of: image))
        }
        guard isClosed else { throw failure(path, "can't be written", errno) }
    }

    private static func failure(_ path: String, _ what: String, _ code: CInt) -> PlaneImageError {
        .file(path: path, reason: "\(what): \(String(cString: strerror(code)))")
    }

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
