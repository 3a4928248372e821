// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc

/// Where statistics go: standard output, or a file that appears whole or not at all.
struct OutputFile {
    private let path: String?

    /// `-` is standard output. Throws where the file plainly can't be written, before hours of a run depend on it.
    init(_ path: String) throws(Failure) {
        self.path = path == "-" ? nil : path
        if let path = self.path { try Self.checkWritable(path) }
    }

    static func checkWritable(_ path: String) throws(Failure) {
        var status = stat()
        if stat(path, &status) == 0 {
            if status.st_mode & S_IFMT == S_IFDIR { throw Failure(.usage, "\(path): is a directory: name a file in it") }
            guard access(path, W_OK) == 0 else { throw Self.failure(path, errno) }
            if status.st_mode & S_IFMT != S_IFREG { return }
        }
        let directory = Self.directory(of: path)
        guard access(directory, W_OK | X_OK) == 0 else { throw Self.failure(directory, errno) }
    }

    func write(_ text: String) throws(Failure) {
        guard let path else {
            guard Self.write(text, to: STDOUT_FILENO) else { throw Failure(.fault, "standard output: \(Self.reason(errno))") }
            return
        }
        var status = stat()
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

    /// Writes all of it; false with errno set where that fails.
    static func write(_ text: String, to descriptor: CInt) -> Bool {
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

    private static func failure(_ path: String, _ code: CInt) -> Failure {
        let message = "\(path): can't be written (\(reason(code))): name a file in a folder of yours"
        // A name that can't be is the user's word; anything else is the system that doesn't let us.
        return Failure([ENOENT, ENOTDIR, EISDIR, ENAMETOOLONG].contains(code) ? .usage : .notPermitted, message)
    }

    private static func reason(_ code: CInt) -> String { String(cString: strerror(code)) }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
