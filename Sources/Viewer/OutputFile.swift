// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import System

/// A file or folder that can't be written to.
package struct FileError: Error, CustomStringConvertible {
    package let path: String
    /// A positive errno.
    package let code: CInt
    /// What the user can do about it.
    package let remedy: String

    package var description: String { "\(path): can't be written (\(Errno(code: code).text)): \(remedy)" }
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

    /// Checks that a file of this name could be made. Makes none.
    ///
    /// - Parameter overwrites: Whether a file that is there already would be replaced.
    package static func checkMakable(_ path: String, overwrites: Bool) throws(FileError) {
        try checkWritable(path)
        if !overwrites, access(path, F_OK) == 0 { throw exists(path) }
    }

    /// Makes a file that grows, or opens a device. Whoever reads the file that is replaced goes on with that.
    static func make(_ path: String, overwrites: Bool) throws(FileError) -> OwnedDescriptor {
        var status = stat()
        let isThere = stat(path, &status) == 0, isFile = status.st_mode & S_IFMT == S_IFREG
        if isThere, !overwrites { throw exists(path) }
        if isThere, isFile { unlink(path) }
        let number = open(path, O_WRONLY | O_CLOEXEC | (isThere && !isFile ? 0 : O_CREAT | O_EXCL), 0o666)
        guard number >= 0 else { throw failure(path, errno) }
        return OwnedDescriptor(adopting: number)
    }

    private static func exists(_ path: String) -> FileError {
        FileError(path: path, code: EEXIST, remedy: "name another file, or use --force to replace it")
    }

    /// Writes the text as the whole content.
    package func write(_ text: String) throws(FileError) {
        do throws(Errno) {
            guard let path else { return try WholeFile.write(Array(text.utf8), to: STDOUT_FILENO) }
            try WholeFile.write(Array(text.utf8), to: path)
        } catch {
            guard let path else { throw FileError(path: "standard output", code: error.code, remedy: "name a file instead") }
            throw Self.failure(path, error.code)
        }
    }

    /// Writes all of the text, and returns whether that worked.
    package static func write(_ text: String, to descriptor: CInt) -> Bool {
        (try? WholeFile.write(Array(text.utf8), to: descriptor)) != nil
    }

    private static func failure(_ path: String, _ code: CInt) -> FileError {
        FileError(path: path, code: code, remedy: code == ENOSPC ? "make room for it" : "name a file in a folder of yours")
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
