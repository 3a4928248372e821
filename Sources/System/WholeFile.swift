// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc

/// Files that are read or written as a whole.
package enum WholeFile {
    /// The content of a regular file. Anything else is refused, also a FIFO, whose writer could keep us waiting.
    ///
    /// - Parameter limit: in bytes.
    /// - Throws: The error of the call that failed; EFBIG for a file beyond the limit, EISDIR for a folder, and ENOTSUP for anything else
    ///   that isn't a file.
    package static func read(_ path: String, atMost limit: Int) throws(Errno) -> [UInt8] {
        let descriptor = OwnedDescriptor(adopting: try Errno.checked(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)))
        var status = stat()
        _ = try Errno.checked(fstat(descriptor.rawValue, &status))
        guard status.st_mode & S_IFMT == S_IFREG else { throw Errno(code: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : ENOTSUP) }
        var bytes: [UInt8] = []
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 1)
        defer { room.deallocate() }
        while true {
            let count = Glibc.read(descriptor.rawValue, room.baseAddress, room.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .last }
            guard count > 0 else { return bytes }
            bytes.append(contentsOf: room[..<count])
            guard bytes.count <= limit else { throw Errno(code: EFBIG) }
        }
    }

    /// Writes the content of a file, which appears whole or not at all. The bytes go to a temporary file beside it, which is then renamed; a device or a pipe is
    /// written to and never replaced.
    ///
    /// - Throws: The error of the call that failed; nothing is left behind then.
    package static func write(_ bytes: [UInt8], to path: String) throws(Errno) {
        var status = stat()
        let isReplaced = stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
        let target = isReplaced ? "\(path).\(getpid()).part" : path
        let flags = isReplaced ? O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC : O_WRONLY | O_CLOEXEC
        let descriptor = try Errno.checked(open(target, flags, 0o666))
        do throws(Errno) {
            do throws(Errno) { try write(bytes, to: descriptor) } catch {
                close(descriptor)
                throw error
            }
            // A full disk often shows only when the file is closed.
            _ = try Errno.checked(close(descriptor))
            if isReplaced { _ = try Errno.checked(rename(target, path)) }
        } catch {
            if isReplaced { unlink(target) }
            throw error
        }
    }

    /// Writes all of the bytes (write(2)).
    package static func write(_ bytes: [UInt8], to descriptor: CInt) throws(Errno) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, $0.count - done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .last }
            done += count
        }
    }
}
