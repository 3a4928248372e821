// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc

/// A file or folder that can't be written to.
package struct FileError: Error, CustomStringConvertible {
    package let path: String
    /// A positive errno.
    package let code: CInt
    /// What the user can do about it.
    package let remedy: String

    package var description: String { "\(path): can't be written (\(String(cString: strerror(code)))): \(remedy)" }
}

/// Where a report goes: standard output, or a file that appears whole or not at all.
package struct OutputFile {
    /// nil for standard output.
    private let path: String?

    /// - Parameter path: `-` is standard output.
    /// - Throws: ``FileError`` where the file plainly can't be written, before hours of a run depend on it.
    package init(_ path: String) throws(FileError) {
        self.path = path == "-" ? nil : path
        if let path = self.path { try Self.checkWritable(path) }
    }

    /// Checks that a file of this name could be written. Makes none.
    package static func checkWritable(_ path: String) throws(FileError) {
        var status = stat()
        if stat(path, &status) == 0 {
            if status.st_mode & S_IFMT == S_IFDIR { throw FileError(path: path, code: EISDIR, remedy: "name a file in it") }
            guard access(path, W_OK) == 0 else { throw Self.failure(path, errno) }
            if status.st_mode & S_IFMT != S_IFREG { return }
        }
        let directory = Self.directory(of: path)
        guard access(directory, W_OK | X_OK) == 0 else { throw Self.failure(directory, errno) }
    }

    /// Writes the text as the whole content.
    package func write(_ text: String) throws(FileError) {
        guard let path else {
            guard Self.write(text, to: STDOUT_FILENO) else {
                throw FileError(path: "standard output", code: errno, remedy: "name a file instead")
            }
            return
        }
        var status = stat()
        // A device or pipe can't be replaced by a new file.
        let isSpecial = stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
        let target = isSpecial ? path : "\(path).\(getpid()).tmp"
        let flags = isSpecial ? O_WRONLY | O_CLOEXEC : O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
        let descriptor = open(target, flags, 0o644)
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
        var code = Self.write(text, to: descriptor) ? 0 : errno
        if Glibc.close(descriptor) != 0, code == 0 { code = errno }
        if !isSpecial, code == 0, rename(target, path) != 0 { code = errno }
        guard code != 0 else { return }
        if !isSpecial { unlink(target) }
        throw Self.failure(path, code)
    }

    /// Writes all of the text, and returns false with errno set where that fails.
    package static func write(_ text: String, to descriptor: CInt) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if written < 0 && errno == EINTR { continue }
                guard written > 0 else { return false }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
            }
            return true
        }
    }

    private static func failure(_ path: String, _ code: CInt) -> FileError {
        FileError(path: path, code: code, remedy: code == ENOSPC ? "make room for it" : "name a file in a folder of yours")
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
